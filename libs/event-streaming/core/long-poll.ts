import type { Clock, SizedEvent } from '#libs/kernel';
import type { EventReader } from './event-reader.js';

export interface PollLimits {
  readonly events: number;
  /** No more are added once they take so much memory. */
  readonly bytes: number;
  readonly waitMs: number;
}

/** So long history is searched, whatever the wait: each poll must get on. */
const SEARCH_MS = 1_000;
/** Who has something is kept no longer than that for more. */
const GATHER_MS = 100;

/**
 * The next events of a reader: at once, if there are any, else as soon as they come, else none when the time is over.
 * @throws what the log throws, when it has failed before there was anything
 */
export async function poll(
  reader: EventReader,
  limits: PollLimits,
  clock: Clock,
  stop: AbortSignal,
): Promise<readonly SizedEvent[]> {
  const began = clock.now();
  const events: SizedEvent[] = [];
  let bytes = 0;
  let until = began + Math.max(SEARCH_MS, limits.waitMs);
  while (!stop.aborted) {
    const left = { events: limits.events - events.length, bytes: limits.bytes - bytes };
    const portion = await nextPortion(reader, left, events.length > 0);
    if (portion) {
      if (events.length === 0 && portion.events.length > 0) until = clock.now() + GATHER_MS;
      events.push(...portion.events);
      for (const event of portion.events) bytes += event.bytes;
      if (events.length >= limits.events || bytes >= limits.bytes || clock.now() >= until) break;
      continue;
    }
    if (events.length > 0 || reader.obstacle || reader.ended) break;
    if (reader.fault) throw reader.fault;
    const leftMs = began + limits.waitMs - clock.now();
    if (leftMs <= 0) break;
    await reader.wait(leftMs, stop);
  }
  return events;
}

/** What was found is given, also when the log fails then: the reader stands behind it. */
async function nextPortion(
  reader: EventReader,
  left: Pick<PollLimits, 'events' | 'bytes'>,
  hasFound: boolean,
) {
  try {
    return await reader.next(left.events, left.bytes);
  } catch (error) {
    if (!hasFound) throw error;
    return undefined;
  }
}
