import type { EventBatch } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import fc from 'fast-check';
import { PartitionProjection } from './partition-projection.js';
import type { LoggedEvent } from '#libs/contracts';
import {
  type BuildPartition,
  type ProjectionFault,
  type ProjectionStore,
  StaleCheckpointError,
} from './projection-store.js';

const at: BuildPartition = { projection: 'test', build: 1, topic: 'orders', partition: 0 };

class Outage extends Error {}

/** A store in memory, which fails when it is told to: before a commit, or after it, as an answer that is lost. */
class Store implements ProjectionStore<number[]> {
  next = 0;
  fault: ProjectionFault | undefined;
  rows: number[] = [];
  readonly skipped = new Set<number>();
  failures: ('before' | 'after' | undefined)[] = [];

  async loadCheckpoint() {
    return { nextOffset: this.next, fault: this.fault, skipped: [...this.skipped], hasGaps: false };
  }

  async advance(_: BuildPartition, from: number, to: number, write: (rows: number[]) => Promise<void>) {
    const failure = this.failures.shift();
    if (failure === 'before') throw new Outage();
    if (from !== this.next) throw new StaleCheckpointError();
    const rows = [...this.rows];
    await write(rows);
    this.rows = rows;
    this.next = to;
    if (failure === 'after') throw new Outage();
  }

  async stop(_: BuildPartition, from: number, fault: ProjectionFault) {
    if (from !== this.next) throw new StaleCheckpointError();
    this.fault = fault;
  }

  isOutage(error: unknown): boolean {
    return error instanceof Outage;
  }
}

/** `flaky` and `torn` are bad once, as by a lost connection whose error says nothing. */
type Kind = 'event' | 'control' | 'poison' | 'unreadable' | 'flaky' | 'torn';

/** A log in which each offset holds what its kind says. */
class Log {
  readonly #torn = new Set<number>();

  constructor(readonly kinds: readonly Kind[]) {}

  batch(first: number, end: number): EventBatch<LoggedEvent> {
    const stop = this.kinds.findIndex(
      (kind, offset) => offset >= first && offset < end && this.#isUnreadable(kind, offset),
    );
    return this.#upTo(first, end, stop < 0 ? undefined : stop);
  }

  #isUnreadable(kind: Kind, offset: number): boolean {
    if (kind !== 'torn') return kind === 'unreadable';
    const isFirst = !this.#torn.has(offset);
    this.#torn.add(offset);
    return isFirst;
  }

  #upTo(first: number, end: number, stop: number | undefined): EventBatch<LoggedEvent> {
    const next = stop ?? Math.min(end, this.kinds.length);
    const events = this.kinds
      .map((kind, offset) => ({ kind, position: { topic: at.topic, partition: at.partition, offset } }))
      .filter(
        ({ kind, position }) => position.offset >= first && position.offset < next && kind !== 'control',
      );
    const what = stop === undefined ? {} : { unreadable: 'no event' };
    return { topic: at.topic, partition: at.partition, first, next, events: events as never, ...what };
  }

  hasGaps = () => false;

  async fetch({ offset }: { offset: number }): Promise<EventBatch<LoggedEvent>> {
    return this.batch(offset, offset + 3);
  }
}

/** The flaky events that have failed already. */
let failed = new Set<number>();

const projection = {
  name: at.projection,
  version: 1,
  topics: [at.topic],
  tables: [],
  write: async (rows: number[], events: readonly LoggedEvent[]) => {
    for (const event of events) {
      const { kind } = event as unknown as { kind: Kind };
      const { offset } = event.position;
      // Alone: in a batch, being tried by halves is what tries it again.
      const isFlaw = kind === 'flaky' && events.length === 1 && !failed.has(offset);
      if (isFlaw) failed.add(offset);
      if (kind === 'poison' || isFlaw) throw new Error(kind);
      rows.push(offset);
    }
  },
};

const kinds = fc.array(
  fc.oneof(
    { weight: 10, arbitrary: fc.constant<Kind>('event') },
    { weight: 2, arbitrary: fc.constant<Kind>('control') },
    { weight: 1, arbitrary: fc.constantFrom<Kind>('poison', 'unreadable') },
    { weight: 2, arbitrary: fc.constantFrom<Kind>('flaky', 'torn') },
  ),
  { maxLength: 25 },
);
const offers = fc.array(fc.tuple(fc.nat(25), fc.nat(8)), { minLength: 1, maxLength: 12 });
const failures = fc.array(fc.constantFrom('before', 'after', undefined), { maxLength: 12 });

/** All offsets that can be applied up to `end`, when those in `skipped` are left out. */
const applicable = (log: Log, end: number, skipped: ReadonlySet<number>) =>
  log.kinds.flatMap((kind, offset) =>
    ['event', 'flaky', 'torn'].includes(kind) && offset < end && !skipped.has(offset) ? [offset] : [],
  );

describe('a projection of a partition', () => {
  beforeEach(() => {
    failed = new Set();
  });

  itForAll(
    'applies each event once, in order, up to where it stands, whatever it is offered and whatever fails',
    [kinds, offers, failures],
    async (given, offered, failing) => {
      failed = new Set();
      const log = new Log(given);
      const store = new Store();
      store.failures = [...failing];
      let partition = new PartitionProjection({ projection, store, log }, at);
      await partition.open();
      for (const [first, length] of offered) {
        if (first > given.length) continue;
        try {
          await partition.apply(log.batch(first, first + length));
        } catch (error) {
          if (!(error instanceof Outage) && !(error instanceof StaleCheckpointError)) throw error;
          // As after a crash: what is known is what the store knows.
          partition = new PartitionProjection({ projection, store, log }, at);
          await partition.open();
        }
        expect(store.rows).toEqual(applicable(log, store.next, new Set()));
        expect(partition.next).toBe(store.next);
      }
      const bad = given.findIndex((kind) => kind === 'poison' || kind === 'unreadable');
      if (bad >= 0) expect(store.next).toBeLessThanOrEqual(bad);
      if (store.fault) expect(store.fault.offset).toBe(bad);
    },
  );

  itForAll('goes on to the end when all that it stops at is skipped by command', [kinds], async (given) => {
    failed = new Set();
    const log = new Log(given);
    const store = new Store();
    for (;;) {
      const partition = new PartitionProjection({ projection, store, log }, at);
      await partition.open();
      await partition.catchUp(given.length);
      if (!partition.fault) break;
      store.skipped.add(partition.fault.offset);
      store.fault = undefined;
    }
    expect(store.next).toBe(given.length);
    expect(store.rows).toEqual(applicable(log, given.length, store.skipped));
    expect([...store.skipped]).toEqual(
      given.flatMap((kind, offset) => (kind === 'poison' || kind === 'unreadable' ? [offset] : [])),
    );
  });

  it('does not stop at what is bad only once', async () => {
    const log = new Log(['flaky', 'event', 'torn', 'event', 'flaky']);
    const store = new Store();
    const partition = new PartitionProjection({ projection, store, log }, at);
    await partition.open();
    for (let offset = 0; offset < 5; offset++) await partition.apply(log.batch(offset, offset + 1));
    expect([partition.fault, store.rows]).toEqual([undefined, [0, 1, 2, 3, 4]]);
  });
});
