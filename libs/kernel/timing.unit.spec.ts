import { getEventListeners } from 'node:events';
import { jest } from '@jest/globals';
import { asError, inBackground, nextTurn, onAbort, Pieces, systemClock, unlessAborted } from './timing.js';

describe('listeners of an abort signal', () => {
  it('are called once, at the abort or at once after it', () => {
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => called.push('before'));
    expect(called).toEqual([]);
    controller.abort();
    controller.abort();
    onAbort(controller.signal, () => called.push('after'));
    expect(called).toEqual(['before', 'after']);
  });

  it('are not called once they have unsubscribed', () => {
    const controller = new AbortController();
    const listener = jest.fn();
    onAbort(controller.signal, listener)();
    controller.abort();
    expect(listener).not.toHaveBeenCalled();
  });

  it('are all called though one throws, whose error is left uncaught', () => {
    const uncaught: (() => void)[] = [];
    const queued = jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((work) => uncaught.push(work));
    const controller = new AbortController();
    const called: string[] = [];
    onAbort(controller.signal, () => called.push('before'));
    onAbort(controller.signal, () => {
      throw new Error('fault');
    });
    onAbort(controller.signal, () => called.push('after'));
    controller.abort();
    queued.mockRestore();
    expect(called).toEqual(['before', 'after']);
    expect(uncaught).toHaveLength(1);
    expect(uncaught[0]).toThrow('fault');
  });

  it('share one native listener, however many they are', async () => {
    const warned = jest.spyOn(process, 'emitWarning');
    const controller = new AbortController();
    const sleeps = Array.from({ length: 1_000 }, () => systemClock.sleep(60_000, controller.signal));
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(1);
    controller.abort();
    await Promise.all(sleeps);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('work that is waited for until an abort', () => {
  it('gives its result or its failure, and leaves nothing behind', async () => {
    const { signal } = new AbortController();
    expect(await unlessAborted(Promise.resolve('done'), signal)).toBe('done');
    await expect(unlessAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed');
  });

  it('is left alone after the abort, even if it fails then', async () => {
    const controller = new AbortController();
    let fail = () => {};
    const work = new Promise<never>((_, reject) => {
      fail = () => reject(new Error('late'));
    });
    const waiting = unlessAborted(work, controller.signal);
    controller.abort();
    expect(await waiting).toBeUndefined();
    fail();
    expect(await unlessAborted(work, controller.signal)).toBeUndefined();
  });
});

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

/** How many rounds of the event loop go by until it is done. */
async function roundsOf(work: Promise<unknown>): Promise<number> {
  let [rounds, isDone] = [0, false];
  void work.then(() => (isDone = true));
  while (!isDone) {
    await new Promise((resolve) => setImmediate(resolve));
    rounds++;
  }
  return rounds;
}

describe('turns', () => {
  it('run one at a time, in order of arrival', async () => {
    const taken: number[] = [];
    const all = Array.from({ length: 10 }, (_, index) => nextTurn().then(() => taken.push(index)));
    expect(await roundsOf(Promise.all(all))).toBeGreaterThanOrEqual(9);
    expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});

describe('long work', () => {
  it('yields after each piece', async () => {
    const pieces = new Pieces(100);
    let waits = 0;
    for (let n = 0; n < 100; n++) {
      const turn = pieces.before(10);
      if (turn) waits++;
      await turn;
    }
    expect(waits).toBe(9);
  });

  it('does not wait if small', () => expect(new Pieces(100).before(100)).toBeUndefined());
});
