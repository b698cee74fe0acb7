import { LogUnavailableError } from './log-reader.js';
import { backoffMs, type RetryPorts } from './timing.js';

/** How long an outage may last. */
const PATIENCE_MS = 60_000;
const PAUSE = { initialDelayMs: 100, maxDelayMs: 2_000 };

/**
 * Asks the log until it answers: a busy broker may take longer for one answer than a request may.
 * @param stop ends the patience
 * @throws LogUnavailableError after an outage of a minute
 */
export async function retryWhileUnavailable<Answer>(
  ask: () => Promise<Answer>,
  { clock, random }: RetryPorts,
  stop: AbortSignal,
): Promise<Answer> {
  const began = clock.monotonic();
  for (let failures = 1; ; failures++) {
    try {
      return await ask();
    } catch (error) {
      const isOutage = error instanceof LogUnavailableError;
      if (!isOutage || stop.aborted || clock.monotonic() - began > PATIENCE_MS) throw error;
    }
    await clock.sleep(backoffMs(PAUSE, failures, random), stop);
  }
}
