import type { Clock, SizedEvent } from '#libs/kernel';
import type { EventReader } from './event-reader.js';

export interface PollLimits {
  readonly events: number;
  /** Limit of the events in memory; the last portion may exceed it. */
  readonly bytes: number;
  readonly waitMs: number;
}

/** Minimum time to search history, so that every poll makes progress. */
const SEARCH_MS = 1_000;
/** Maximum time to gather more events once there are some. */
const GATHER_MS = 100;

/**
 * The reader's next events, as soon as there are any; none when the time is up.
 * @throws any error of the log before the first event was found
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

/** Events found before a failure are still returned, because the reader has moved past them. */
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
