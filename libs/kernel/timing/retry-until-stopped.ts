import { backoffMs, type Random } from '../backoff.js';
import type { Clock } from '../clock.js';

const PAUSE = { initialDelayMs: 200, maxDelayMs: 5_000 };

export interface RetryPorts {
  readonly clock: Clock;
  readonly random: Random;
}

/** Retries work with backoff until it succeeds. `undefined` when stopped before. */
export async function retryUntilStopped<Value>(
  work: () => Promise<Value>,
  onFailure: (error: Error) => void,
  { clock, random }: RetryPorts,
  stop: AbortSignal,
): Promise<Value | undefined> {
  for (let failures = 1; !stop.aborted; failures++) {
    try {
      return await work();
    } catch (error) {
      onFailure(error as Error);
    }
    await clock.sleep(backoffMs(PAUSE, failures, random), stop);
  }
  return undefined;
}
