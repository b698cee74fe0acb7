import { jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { systemClock } from './clock.js';
import { onAbort } from './on-abort.js';

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
