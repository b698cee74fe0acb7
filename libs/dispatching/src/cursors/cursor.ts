/** Offsets from `from` up to, not including, `to`. */
export interface OffsetRange {
  readonly from: number;
  readonly to: number;
}

/** What of a cursor is saved. */
export interface CursorState {
  /** Everything below is finished. */
  readonly watermark: number;
  /** What is finished above it, in order: as ranges, so that the size depends on what is unfinished only. */
  readonly finished: readonly OffsetRange[];
  /** Id of the last event below the watermark that was owed. */
  readonly previousEventId: string | null;
}

export interface Owed {
  /** Of the event that was owed just before this one; `null` for the first. */
  readonly previousEventId: string | null;
  /** Finished before the restart: not to be delivered again. */
  readonly finished: boolean;
}

/**
 * One subscription's place in one partition.
 *
 * ```
 *  finished │ unfinished │ finished │ unfinished │ finished │ not read yet (ranges restored from the saved state)
 *           └ watermark                                     └ next
 * ```
 *
 * Events are told of in log order by {@link owe} and {@link readTo}, and finish in any order. A restored cursor reads
 * again from the watermark on: what is in its ranges is passed over, and tells only which event was owed before which.
 */
export class Cursor {
  /** Offsets in log order (a map keeps the order of insertion), each with the id of the event owed before it. */
  readonly #unfinished = new Map<number, string | null>();
  /** What was finished before the restart and is not read again yet; the first is at the end. */
  readonly #restored: OffsetRange[];
  #next: number;
  #lastOwedId: string | null;

  constructor({ watermark, finished, previousEventId }: CursorState) {
    this.#next = watermark;
    this.#restored = finished.toReversed();
    this.#lastOwedId = previousEventId;
  }

  /** The offset to read from. */
  get next(): number {
    return this.#next;
  }

  get watermark(): number {
    const first = this.#unfinished.keys().next();
    return first.done ? this.#next : first.value;
  }

  /** How many owed events were read and are not finished. */
  get unfinished(): number {
    return this.#unfinished.size;
  }

  /** The event at this offset is owed to the subscription. */
  owe(offset: number, eventId: string): Owed {
    if (offset < this.#next)
      throw new Error(`offset ${offset} was read before: the next one is ${this.#next}`);
    const previousEventId = this.#lastOwedId;
    this.#lastOwedId = eventId;
    this.#dropRestored(offset);
    const finished = offset >= (this.#restored.at(-1)?.from ?? Number.POSITIVE_INFINITY);
    if (!finished) this.#unfinished.set(offset, previousEventId);
    this.readTo(offset + 1);
    return { previousEventId, finished };
  }

  /** All before this offset was read; what of it was not owed is nothing to the subscription. */
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
    // What was read and what was restored may be one range.
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
 * The same, but that these offsets are not finished, although it has come past them: for what was found to be owed later.
 * @param offsets in order
 * @param previousEventId of the last event that was owed before the first of them
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
