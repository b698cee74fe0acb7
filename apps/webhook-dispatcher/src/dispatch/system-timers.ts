import type { StopSignal, Timers } from '#libs/dispatching';

/** Timers of the machine. */
export const systemTimers: Timers = {
  now: () => Date.now(),
  sleep: (ms: number, stop?: StopSignal) =>
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
