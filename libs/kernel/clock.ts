import { onAbort } from './on-abort.js';

/** Time as a dependency, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
  /** Milliseconds since an arbitrary moment. Never goes back, so it measures durations even when somebody sets the time. */
  monotonic(): number;
  /** Calls back after the time, unless it is cancelled by what it returns. Costs less than a sleep with its own signal. */
  after(ms: number, callback: () => void): () => void;
  /** Calls back at each interval, until it is cancelled by what it returns. Does not keep the process alive. */
  every(ms: number, callback: () => void): () => void;
  /** Resolves after the time, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
  every: (ms, callback) => {
    const timer = setInterval(callback, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const cancel = systemClock.after(ms, () => {
        unsubscribe?.();
        resolve();
      });
      const unsubscribe =
        signal &&
        onAbort(signal, () => {
          cancel();
          resolve();
        });
    }),
};

/** Waits for the work, at most for a time. Its result and its failure are ignored. */
export function withTimeout(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(ms, resolve);
    const end = (): void => {
      cancel();
      resolve();
    };
    work.then(end, end);
  });
}
