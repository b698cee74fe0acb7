import { Readiness } from './readiness.js';
import { observeReadiness, partReady } from './readiness-metrics.js';

describe('the metric of what is ready', () => {
  const shown = async () =>
    Object.fromEntries((await partReady.get()).values.map(({ labels, value }) => [labels.part, value]));

  it('asks each part, and shows none that is gone', async () => {
    const readiness = new Readiness();
    readiness.add('well', () => undefined);
    readiness.add('noted', () => ['somebody should look']);
    readiness.add('ill', () => {
      throw new Error('away');
    });
    observeReadiness(readiness);
    expect(await shown()).toEqual({ well: 1, noted: 1, ill: 0 });
    observeReadiness(new Readiness());
    expect(await shown()).toEqual({});
  });
});
