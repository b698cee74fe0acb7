import { asError, inBackground } from './background.js';

describe('work in the background', () => {
  it('begins at once', () => {
    let begun = false;
    const begin = () => void (begun = true);
    inBackground(begin, () => undefined);
    expect(begun).toBe(true);
  });

  it.each<[string, () => unknown]>([
    [
      'is thrown',
      () => {
        throw new Error('fault');
      },
    ],
    ['rejects', () => Promise.reject(new Error('fault'))],
  ])('hands on what %s, and survives that this fails too', async (_, work) => {
    const faults: Error[] = [];
    inBackground(work, (error) => {
      faults.push(error);
      throw new Error('another');
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(faults).toEqual([new Error('fault')]);
  });

  it.each([undefined, null, 'text', 7])('makes an error of %p', (thrown) => {
    expect(asError(thrown)).toBeInstanceOf(Error);
  });
});
