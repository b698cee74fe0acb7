import { Readiness } from './readiness.js';

describe('readiness', () => {
  it('looks once for all who ask at the same moment, and again for those who ask later', async () => {
    const readiness = new Readiness();
    let looks = 0;
    readiness.add('part', async () => {
      looks++;
      await new Promise((resolve) => setImmediate(resolve));
      if (looks === 1) throw new Error('not yet');
    });
    const ask = async () => readiness.checks.get('part')?.();
    const first = await Promise.allSettled(Array.from({ length: 100 }, ask));
    expect(first.every(({ status }) => status === 'rejected')).toBe(true);
    await ask();
    expect(looks).toBe(2);
  });
});
