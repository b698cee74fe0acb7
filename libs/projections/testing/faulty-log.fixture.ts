import fc from 'fast-check';
import type { LoggedEvent } from '#libs/contracts';
import type { EventBatch, Position } from '#libs/kernel';
import type { Projection } from '../core/runtime/projection.js';

/** `flaky` and `torn` are bad once, as by a lost connection whose error says nothing. */
export type EventKind = 'event' | 'control' | 'poison' | 'unreadable' | 'flaky' | 'torn';

export const TOPIC = 'orders';

/** What each offset of a partition holds. */
export const eventKinds = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.constant<EventKind>('event') },
    { weight: 2, arbitrary: fc.constant<EventKind>('control') },
    { weight: 1, arbitrary: fc.constantFrom<EventKind>('poison', 'unreadable') },
    { weight: 2, arbitrary: fc.constantFrom<EventKind>('flaky', 'torn') },
  ),
  { maxLength: 25 },
);

/** Commits that fail. */
export const commitFailures = fc.array(fc.constantFrom('before' as const, 'after' as const, undefined), {
  maxLength: 12,
});

export const isBad = (kind: EventKind): boolean => kind === 'poison' || kind === 'unreadable';

/** A log in which each offset holds what its kind says. */
export class FaultyLog {
  readonly #torn = new Set<string>();

  constructor(
    /** By partition. */
    private readonly kinds: readonly (readonly EventKind[])[],
  ) {}

  batch(partition: number, first: number, end: number): EventBatch<LoggedEvent> {
    const kinds = this.kinds[partition] ?? [];
    const stop = kinds.findIndex(
      (kind, offset) => offset >= first && offset < end && this.#isUnreadable(kind, partition, offset),
    );
    const next = stop < 0 ? Math.min(end, kinds.length) : stop;
    const events = kinds
      .map((kind, offset) => ({ kind, position: { topic: TOPIC, partition, offset } }))
      .filter(
        ({ kind, position }) => position.offset >= first && position.offset < next && kind !== 'control',
      );
    const what = stop < 0 ? {} : { unreadable: 'no event' };
    return { topic: TOPIC, partition, first, next, events: events as never, ...what };
  }

  hasGaps = () => false;

  async fetch({ partition, offset }: Position): Promise<EventBatch<LoggedEvent>> {
    return this.batch(partition, offset, offset + 3);
  }

  /** All offsets that can be applied up to `end`, when those in `skipped` are left out. */
  applicable(partition: number, end: number, skipped: ReadonlySet<number> = new Set()): number[] {
    return (this.kinds[partition] ?? []).flatMap((kind, offset) =>
      ['event', 'flaky', 'torn'].includes(kind) && offset < end && !skipped.has(offset) ? [offset] : [],
    );
  }

  #isUnreadable(kind: EventKind, partition: number, offset: number): boolean {
    if (kind !== 'torn') return kind === 'unreadable';
    const place = `${partition}@${offset}`;
    const isFirst = !this.#torn.has(place);
    this.#torn.add(place);
    return isFirst;
  }
}

/** Notes the position of each event, and throws as the event's kind says. */
export function notingProjection(): Projection<Position[]> {
  const failed = new Set<string>();
  return {
    name: 'test',
    version: 1,
    topics: [TOPIC],
    tables: [],
    acrossPartitions: true,
    write: async (rows, events) => {
      for (const event of events) {
        const { kind } = event as unknown as { kind: EventKind };
        const place = `${event.position.partition}@${event.position.offset}`;
        // Alone: in a batch, being tried by halves is what tries it again.
        const isFlaw = kind === 'flaky' && events.length === 1 && !failed.has(place);
        if (isFlaw) failed.add(place);
        if (kind === 'poison' || isFlaw) throw new Error(kind);
        rows.push(event.position);
      }
    },
  };
}
