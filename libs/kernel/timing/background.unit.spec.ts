import { asError, inBackground } from './background.js';
import { type DispatchObserver, unfailing } from '#libs/webhook-delivery/core';

describe('work in the background', () => {
  it('begins at once', () => {
    let begun = false;
    inBackground(
      () => {
        begun = true;
      },
      () => undefined,
    );
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
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(faults).toEqual([new Error('fault')]);
  });

  it.each([undefined, null, 'text', 7])('makes an error of %p', (thrown) => {
    expect(asError(thrown)).toBeInstanceOf(Error);
  });
});

it('an observer that fails is told of, and fails nobody', () => {
  const faults: Error[] = [];
  const broken = new Proxy({} as DispatchObserver, {
    get: () => () => {
      throw new Error('fault');
    },
  });
  const observer = unfailing(broken, (error) => faults.push(error));
  observer.attempted({} as never);
  observer.lookedAt({} as never, { owed: 1, filtered: 0 });
  observer.counted({} as never, 'owed', 1);
  observer.lost({} as never);
  observer.failed('read', {} as never, new Error('read'));
  observer.crashed({} as never, 'feed', new Error('crash'));
  expect(faults).toHaveLength(6);
});
