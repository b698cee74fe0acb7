import fc from 'fast-check';
import type { CursorState } from '../ports.js';
import { Cursor, reopened } from './cursor.js';

interface Entry {
  readonly offset: number;
  readonly owed: boolean;
}

const START: CursorState = { watermark: 0, finished: [], previousEventId: null };

/** A log with gaps (control records), in which some events are owed. */
const logs = fc
  .array(fc.record({ gap: fc.nat({ max: 2 }), owed: fc.boolean() }), { minLength: 1, maxLength: 40 })
  .map((steps) => {
    let offset = -1;
    return steps.map<Entry>(({ gap, owed }) => {
      offset += 1 + gap;
      return { offset, owed };
    });
  });

/** The next moves, each with a number that selects its target. */
const moves = fc.array(
  fc.tuple(
    fc.constantFrom('read', 'read', 'finish', 'finish', 'save', 'crash', 'restart'),
    fc.nat({ max: 1_000 }),
  ),
  { maxLength: 200 },
);

const idOf = (offset: number) => `event-${offset}`;

/** Runs a cursor over a log and checks its invariants after each step. */
class Run {
  readonly delivered = new Map<number, number>();
  /** Deliveries that the cursor knows of; a crash resets them to the last save. */
  #known = new Set<number>();
  #knownAtSave = new Set<number>();
  #cursor = new Cursor(START);
  #saved: CursorState = START;
  #unfinished: number[] = [];

  constructor(private readonly log: readonly Entry[]) {}

  get done(): boolean {
    return this.#cursor.next > this.log.at(-1)!.offset && this.#unfinished.length === 0;
  }

  read(): void {
    const entry = this.log.find(({ offset }) => offset >= this.#cursor.next);
    if (!entry) return;
    if (entry.owed) {
      const { previousEventId, finished } = this.#cursor.owe(entry.offset, idOf(entry.offset));
      const previous = this.log.findLast(({ offset, owed }) => owed && offset < entry.offset);
      expect(previousEventId).toBe(previous ? idOf(previous.offset) : null);
      if (!finished) this.#unfinished.push(entry.offset);
    } else {
      this.#cursor.readTo(entry.offset + 1);
    }
    this.#check();
  }

  finish(choice: number): void {
    const [offset] = this.#unfinished.splice(choice % (this.#unfinished.length || 1), 1);
    if (offset === undefined) return;
    expect(this.#known).not.toContain(offset);
    this.#known.add(offset);
    this.delivered.set(offset, (this.delivered.get(offset) ?? 0) + 1);
    this.#cursor.finish(offset);
    this.#check();
  }

  save(): void {
    this.#saved = this.#cursor.state();
    this.#knownAtSave = new Set(this.#known);
  }

  crash(): void {
    this.#cursor = new Cursor(this.#saved);
    this.#known = new Set(this.#knownAtSave);
    this.#unfinished = [];
    expect(this.#cursor.state()).toEqual(this.#saved);
    this.#check();
  }

  #check(): void {
    const { watermark, finished, previousEventId } = this.#cursor.state();
    expect(watermark).toBe(this.#cursor.watermark);
    const covered = (offset: number) =>
      offset < watermark || finished.some(({ from, to }) => from <= offset && offset < to);
    for (const { offset, owed } of this.log) {
      if (owed && covered(offset)) expect(this.delivered.has(offset)).toBe(true);
    }
    const below = this.log.findLast(({ offset, owed }) => owed && offset < watermark);
    expect(previousEventId).toBe(below ? idOf(below.offset) : null);
    this.#checkRanges(watermark, finished);
  }

  #checkRanges(watermark: number, ranges: CursorState['finished']): void {
    let end = watermark - 1;
    for (const { from, to } of ranges) {
      expect(from).toBeGreaterThan(end);
      expect(to).toBeGreaterThan(from);
      end = to;
    }
  }
}

const perform = (run: Run, [move, choice]: readonly [string, number]) => {
  if (move === 'read') run.read();
  if (move === 'finish') run.finish(choice);
  if (move === 'save' || move === 'restart') run.save();
  if (move === 'crash' || move === 'restart') run.crash();
};

describe('cursor', () => {
  it('never passes an unfinished event, names the previous owed one, and survives crashes at any point', () => {
    fc.assert(
      fc.property(logs, moves, (log, steps) => {
        const run = new Run(log);
        for (const step of steps) perform(run, step);
        while (!run.done) {
          run.read();
          run.finish(0);
        }
        const owed = log.filter((entry) => entry.owed).map(({ offset }) => offset);
        expect([...run.delivered.keys()].toSorted((a, b) => a - b)).toEqual(owed);
      }),
      { numRuns: 500 },
    );
  });

  it('delivers everything exactly once if every restart is clean', () => {
    fc.assert(
      fc.property(logs, moves, (log, steps) => {
        const run = new Run(log);
        for (const step of steps) if (step[0] !== 'crash') perform(run, step);
        while (!run.done) {
          run.read();
          run.finish(0);
        }
        expect([...run.delivered.values()].every((times) => times === 1)).toBe(true);
      }),
    );
  });

  it('has a saved state whose size depends only on the unfinished events', () => {
    const cursor = new Cursor(START);
    for (let offset = 0; offset < 10_000; offset++) {
      cursor.owe(offset, idOf(offset));
      if (offset !== 17) cursor.finish(offset);
    }
    expect(cursor.state()).toEqual({
      watermark: 17,
      finished: [{ from: 18, to: 10_000 }],
      previousEventId: idOf(16),
    });
  });

  it('rejects an offset that was already read', () => {
    const cursor = new Cursor({ ...START, watermark: 5 });
    expect(() => cursor.owe(4, 'event-4')).toThrow('already read');
  });
});

describe('a rewound cursor', () => {
  const MOST = 40;
  const offsets = (most: number) =>
    fc.uniqueArray(fc.nat({ max: most }), { maxLength: 12 }).map((found) => found.toSorted((a, b) => a - b));
  const finishedOf = ({ watermark, finished }: CursorState) =>
    Array.from({ length: MOST + 1 }, (_, offset) => offset).filter(
      (offset) => offset < watermark || finished.some(({ from, to }) => offset >= from && offset < to),
    );

  it('keeps every finished offset except the reopened ones', () =>
    fc.assert(
      fc.property(fc.nat({ max: MOST }), offsets(MOST), offsets(MOST), (watermark, bounds, passedOver) => {
        const above = bounds.filter((bound) => bound > watermark);
        const finished = above.flatMap((from, index) => {
          const to = above[index + 1];
          return index % 2 === 0 && to !== undefined ? [{ from, to }] : [];
        });
        const state = { watermark, finished, previousEventId: 'before' };
        const after = reopened(state, passedOver, 'previous');
        expect(finishedOf(after)).toEqual(finishedOf(state).filter((offset) => !passedOver.includes(offset)));
        const goesBack = passedOver.some((offset) => offset < watermark);
        expect(after.previousEventId).toBe(goesBack ? 'previous' : 'before');
        after.finished.forEach(({ from, to }, index) => {
          expect(from).toBeGreaterThanOrEqual(after.finished[index - 1]?.to ?? after.watermark);
          expect(to).toBeGreaterThan(from);
        });
      }),
    ));
});
