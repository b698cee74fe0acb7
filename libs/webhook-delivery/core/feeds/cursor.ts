import type { DispatchLimits } from '../dispatch-limits.js';
import type { CursorState, OffsetRange, SavedCursor } from '../ports.js';

interface Owed {
  /** Id of the event owed just before this one; `null` for the first. */
  readonly previousEventId: string | null;
  /** Finished before the restart, so it is not delivered again. */
  readonly finished: boolean;
}

/**
 * One subscription's place in one partition.
 *
 * ```
 *  finished │ unfinished │ finished │ unfinished │ finished │ unread (ranges restored from the saved state)
 *           └ watermark                                     └ next
 * ```
 *
 * Events are reported in log order with {@link owe} and {@link readTo}, and finish in any order. A restored cursor reads
 * again from the watermark; it skips the events in its ranges, which only link later events to their predecessors.
 */
export class Cursor {
  /** Offsets in log order (a map keeps insertion order), each with the id of the event owed before it. */
  readonly #unfinished = new Map<number, string | null>();
  /** Ranges finished before the restart and not read again yet, in reverse order. */
  readonly #restored: OffsetRange[];
  /** The first unfinished offset when it was last asked for. */
  #first: number | undefined;
  /** Those after it. The first key of a map is slow to find behind many deleted ones, so each is passed once. */
  #ahead = this.#unfinished.keys();
  #next: number;
  #lastOwedId: string | null;

  constructor({ watermark, finished, previousEventId }: CursorState) {
    this.#next = watermark;
    this.#restored = finished.toReversed();
    this.#lastOwedId = previousEventId;
  }

  /** The offset to read next. */
  get next(): number {
    return this.#next;
  }

  get watermark(): number {
    while (this.#first === undefined || !this.#unfinished.has(this.#first)) {
      const next = this.#ahead.next();
      this.#first = next.value;
      if (!next.done) continue;
      this.#ahead = this.#unfinished.keys();
      return this.#next;
    }
    return this.#first;
  }

  /** The number of owed events that were read and are not finished. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /** Whether events that finished before the restart are still to be read again. */
  get isRereading(): boolean {
    return this.#restored.length > 0;
  }

  /** Records that the event at this offset is owed. @throws Error for an offset that was already read */
  owe(offset: number, eventId: string): Owed {
    if (offset < this.#next) throw new Error(`offset ${offset} was already read: the next is ${this.#next}`);
    const previousEventId = this.#lastOwedId;
    this.#lastOwedId = eventId;
    this.#dropRestored(offset);
    const finished = offset >= (this.#restored.at(-1)?.from ?? Number.POSITIVE_INFINITY);
    if (!finished) this.#unfinished.set(offset, previousEventId);
    this.readTo(offset + 1);
    return { previousEventId, finished };
  }

  /** Records that the log is read up to this offset; events not reported as owed are not delivered. */
  readTo(offset: number): void {
    this.#next = Math.max(this.#next, offset);
    this.#dropRestored(this.#next);
  }

  finish(offset: number): void {
    this.#unfinished.delete(offset);
  }

  state(): CursorState {
    const [first] = this.#unfinished;
    if (first) {
      const [watermark, previousEventId] = first;
      return { watermark, finished: [...this.#finishedRanges(watermark)], previousEventId };
    }
    const finished = [...this.#restoredRanges()];
    return { watermark: this.#next, finished, previousEventId: this.#lastOwedId };
  }

  *#finishedRanges(watermark: number): Generator<OffsetRange> {
    let from = watermark;
    for (const offset of this.#unfinished.keys()) {
      if (offset > from) yield { from, to: offset };
      from = offset + 1;
    }
    const [upcoming, ...later] = this.#restoredRanges();
    // The last range read and the first one restored may adjoin.
    if (upcoming?.from === this.#next) {
      yield { from, to: upcoming.to };
    } else {
      if (this.#next > from) yield { from, to: this.#next };
      if (upcoming) yield upcoming;
    }
    yield* later;
  }

  *#restoredRanges(): Generator<OffsetRange> {
    for (const { from, to } of this.#restored.toReversed()) yield { from: Math.max(from, this.#next), to };
  }

  #dropRestored(offset: number): void {
    while ((this.#restored.at(-1)?.to ?? Number.POSITIVE_INFINITY) <= offset) this.#restored.pop();
  }
}

/**
 * Returns the state with these offsets unfinished again, for events that turned out to be owed after they were passed.
 * @param offsets in ascending order
 * @param previousEventId of the last event owed before the first of them
 */
export function reopened(
  { watermark, finished, previousEventId: before }: CursorState,
  offsets: readonly number[],
  previousEventId: string | null,
): CursorState {
  const first = Math.min(watermark, offsets[0] ?? watermark);
  const ranges = first < watermark ? [{ from: first, to: watermark }, ...finished] : finished;
  return {
    watermark: first,
    finished: ranges.flatMap((range) => without(range, offsets)),
    previousEventId: first < watermark ? previousEventId : before,
  };
}

function without({ from, to }: OffsetRange, offsets: readonly number[]): OffsetRange[] {
  const inside = offsets.filter((offset) => offset >= from && offset < to);
  const starts = [from, ...inside.map((offset) => offset + 1)];
  return starts
    .map((start, index) => ({ from: start, to: inside[index] ?? to }))
    .filter((range) => range.from < range.to);
}

interface FeedProgress {
  /** No work is left, and the feed has read as far as all others. */
  readonly isUpToDate: boolean;
  /** The feed has an end, has reached it, and no work remains. */
  readonly hasReachedEnd: boolean;
  /** Lane changes need saving beside the cursor. */
  readonly hasMore: boolean;
}

/**
 * Decides when an active feed's cursor is saved. Finished deliveries are saved soon because a crash would repeat them;
 * progress past events that are not owed can wait.
 */
export class CursorSaves {
  /** Finished deliveries that a crash would repeat. */
  #unsaved = 0;
  #owed = 0;
  #owedAt: number;
  #savedAt: number;
  #savedNext: number;
  /** The saved cursor says that the feed is active. */
  #isSavedActive: boolean;
  #inSave = { unsaved: 0, owed: 0, next: 0, rests: false };

  constructor(
    private readonly cursor: Cursor,
    private readonly judged: Pick<SavedCursor, 'rulesRevision' | 'generation'>,
    isSaved: boolean,
    private readonly limits: Pick<DispatchLimits, 'idleSaveMs' | 'deactivateAfterMs'>,
    now: number,
  ) {
    this.#owedAt = this.#savedAt = now;
    this.#savedNext = cursor.next;
    this.#isSavedActive = isSaved;
  }

  get unsaved(): number {
    return this.#unsaved;
  }

  get isUnsaved(): boolean {
    return this.#unsaved > 0 || !this.#isSavedActive || this.cursor.next > this.#savedNext;
  }

  owed(now: number): void {
    this.#owed++;
    this.#owedAt = now;
  }

  finished(): void {
    this.#unsaved++;
  }

  /** The cursor to save now, if it is due. */
  collect({ isUpToDate, hasReachedEnd, hasMore }: FeedProgress, now: number): SavedCursor | undefined {
    const rests = isUpToDate && now - this.#owedAt >= this.limits.deactivateAfterMs;
    if (!rests && !hasMore && !this.#isDue(hasReachedEnd, now)) return undefined;
    this.#inSave = { unsaved: this.#unsaved, owed: this.#owed, next: this.cursor.next, rests };
    // Set before the outcome is known: a save that seems to fail may have been written.
    if (rests) this.#isSavedActive = false;
    return { ...this.cursor.state(), ...this.judged, idle: rests };
  }

  /** Call once the collected changes are durable. @returns whether the feed is saved as idle and owed nothing since */
  confirm(now: number): boolean {
    const { unsaved, owed, next, rests } = this.#inSave;
    this.#unsaved -= unsaved;
    this.#inSave = { ...this.#inSave, unsaved: 0 };
    this.#savedAt = now;
    this.#savedNext = next;
    this.#isSavedActive = !rests;
    return rests && this.#owed === owed;
  }

  #isDue(hasReachedEnd: boolean, now: number): boolean {
    if (this.#unsaved > 0 || !this.#isSavedActive) return true;
    if (this.cursor.next <= this.#savedNext) return false;
    return hasReachedEnd || now - this.#savedAt >= this.limits.idleSaveMs;
  }
}
