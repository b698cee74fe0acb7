import type { Timers } from '../ports.js';
import { StopSignal } from './stop-signal.js';

/** Waits for the work, at most for a time. Its result and its failure are ignored. */
export async function withTimeout(ms: number, work: Promise<unknown>, timers: Timers): Promise<void> {
  const over = new StopSignal();
  const done = work.finally(() => over.stop()).catch(() => undefined);
  await Promise.race([done, timers.sleep(ms, over)]);
}
