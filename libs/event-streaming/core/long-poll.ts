import { type Clock, onAbort, type SizedEvent } from '#libs/kernel';
import type { EventReader, Portion } from './event-reader.js';

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
 * The reader's next events, as soon as there are any; none when the time is up. A log that is slow is then given up, unless
 * the reader has not moved at all: a repeated cursor would say that there is nothing more.
 * @param stop ends the poll at once
 * @throws any error of the log before the first event was found; LogUnavailableError at a stop before the reader has moved
 */
export async function poll(
  reader: EventReader,
  limits: PollLimits,
  clock: Clock,
  stop: AbortSignal,
): Promise<readonly SizedEvent[]> {
  const began = clock.now();
  const { cursor } = reader;
  const events: SizedEvent[] = [];
  let bytes = 0;
  const hasMoved = () => events.length > 0 || reader.cursor !== cursor;
  const time = new Countdown(clock, stop, Math.max(SEARCH_MS, limits.waitMs), hasMoved);
  const isAnswer = () => events.length > 0 || (time.isUp && hasMoved());
  try {
    while (!stop.aborted) {
      const left = { events: limits.events - events.length, bytes: limits.bytes - bytes };
      const portion = await nextPortion(reader, left, time.over, isAnswer);
      if (portion) {
        if (events.length === 0 && portion.events.length > 0) time.shorten(GATHER_MS);
        events.push(...portion.events);
        for (const event of portion.events) bytes += event.bytes;
        if (events.length >= limits.events || bytes >= limits.bytes || time.isUp) break;
        continue;
      }
      if (events.length > 0 || reader.obstacle || reader.ended) break;
      if (reader.fault) throw reader.fault;
      const leftMs = began + limits.waitMs - clock.now();
      if (leftMs <= 0) break;
      await reader.wait(leftMs, time.over);
    }
  } finally {
    time.cancel();
  }
  return events;
}

/** A later failure does not lose what the reader has already moved past. */
async function nextPortion(
  reader: EventReader,
  left: Pick<PollLimits, 'events' | 'bytes'>,
  stop: AbortSignal,
  isAnswer: () => boolean,
): Promise<Portion | undefined> {
  try {
    return await reader.next(left.events, left.bytes, stop);
  } catch (error) {
    if (!isAnswer()) throw error;
    return undefined;
  }
}

/** Cuts reads off when its time is up, if there is something to answer by then, and at the stop. */
class Countdown {
  readonly #over = new AbortController();
  readonly #unsubscribe: () => void;
  #end: number;
  #cancelTimer: () => void;

  constructor(
    private readonly clock: Clock,
    stop: AbortSignal,
    ms: number,
    mayCutOff: () => boolean,
  ) {
    this.#end = clock.now() + ms;
    this.#cancelTimer = clock.after(ms, () => {
      if (mayCutOff()) this.#over.abort();
    });
    this.#unsubscribe = onAbort(stop, () => this.#over.abort());
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Also where no timer has come to fire, because events in memory were read without a pause. */
  get isUp(): boolean {
    return this.over.aborted || this.clock.now() >= this.#end;
  }

  shorten(ms: number): void {
    const end = this.clock.now() + ms;
    if (end >= this.#end) return;
    this.#end = end;
    this.#cancelTimer();
    this.#cancelTimer = this.clock.after(ms, () => this.#over.abort());
  }

  cancel(): void {
    this.#cancelTimer();
    this.#unsubscribe();
  }
}
