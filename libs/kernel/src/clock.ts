import { onAbort } from './on-abort.js';

/** Time as a dependency, so that tests can set it. */
export interface Clock {
  /** Milliseconds since 1970 in UTC. */
  now(): number;
  /** Resolves after the time, or as soon as the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        unsubscribe?.();
        resolve();
      }, ms);
      const unsubscribe =
        signal &&
        onAbort(signal, () => {
          clearTimeout(timer);
          resolve();
        });
    }),
};
