/** Offsets from `from` up to `to`, exclusive. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/** The saved state of a cursor. */
export interface CursorState {
  /** Everything below is finished. */
  readonly watermark: number;
  /** Finished offsets above the watermark, as ordered ranges, so the size depends only on the unfinished ones. */
  readonly finished: readonly OffsetRange[];
  /** Id of the last owed event below the watermark. */
  readonly previousEventId: string | null;
}

export interface Owed {
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
    const first = this.#unfinished.keys().next();
    return first.done ? this.#next : first.value;
  }

  /** The number of owed events that were read and are not finished. */
  get unfinished(): number {
    return this.#unfinished.size;
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
