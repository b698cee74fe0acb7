import { onAbort } from './on-abort.js';

/** Time as a dependency, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
  /** Calls back after the time, unless it is cancelled by what it returns. Costs less than a sleep with its own signal. */
  after(ms: number, callback: () => void): () => void;
  /** Resolves after the time, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
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
