import type { Timers } from '../ports.js';

/** Timers of the machine. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  sleep: (ms, stop) =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        unsubscribe?.();
        resolve();
      }, ms);
      const unsubscribe = stop?.onStop(() => {
        clearTimeout(timer);
        resolve();
      });
    }),
};
