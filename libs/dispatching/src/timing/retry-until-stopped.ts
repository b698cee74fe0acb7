import type { Timers } from '../ports.js';
import { type Random, retryDelayMs } from '../lanes/retry-plan.js';
import type { StopSignal } from './stop-signal.js';

const PAUSE = { initialDelayMs: 200, maxDelayMs: 5_000 };

export interface RetryPorts {
  readonly timers: Timers;
  readonly random: Random;
}

/** Retries work with backoff until it succeeds. `undefined` when stopped before. */
export async function retryUntilStopped<Value>(
  work: () => Promise<Value>,
  onFailure: (error: Error) => void,
  { timers, random }: RetryPorts,
  stop: StopSignal,
): Promise<Value | undefined> {
  for (let failures = 1; !stop.stopped; failures++) {
    try {
      return await work();
    } catch (error) {
      onFailure(error as Error);
    }
    await timers.sleep(retryDelayMs(PAUSE, failures, random), stop);
  }
  return undefined;
}
