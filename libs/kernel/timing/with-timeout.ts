import type { Clock } from '../clock.js';

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
