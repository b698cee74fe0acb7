import type { Clock } from '#libs/kernel';

/** Waits for the work, at most for a time. Its result and its failure are ignored. */
export async function withTimeout(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const over = new AbortController();
  const done = work.finally(() => over.abort()).catch(() => undefined);
  await Promise.race([done, clock.sleep(ms, over.signal)]);
}
