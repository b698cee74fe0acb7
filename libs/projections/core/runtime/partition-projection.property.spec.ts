import type { Position } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import fc from 'fast-check';
import {
  commitFailures,
  eventKinds,
  FaultyLog,
  isBad,
  notingProjection,
  TOPIC,
} from '../../testing/faulty-log.fixture.js';
import { InMemoryProjectionStore, StoreOutage } from '../../testing/in-memory-projection-store.fixture.js';
import { PartitionProjection } from './partition-projection.js';
import { StaleCheckpointError } from './projection-store.js';

const at = { projection: 'test', build: 1, topic: TOPIC, partition: 0 };
const offers = fc.array(fc.tuple(fc.nat(25), fc.nat(8)), { minLength: 1, maxLength: 12 });

const setUp = (log: FaultyLog) => ({
  log,
  projection: notingProjection(),
  store: new InMemoryProjectionStore<Position>(),
});
const offsetsOf = ({ rows }: InMemoryProjectionStore<Position>): number[] => rows.map(({ offset }) => offset);

describe('a projection of a partition', () => {
  itForAll(
    'applies each event once, in order, up to where it stands, whatever it is offered and whatever fails',
    [eventKinds, offers, commitFailures],
    async (given, offered, failing) => {
      const log = new FaultyLog([given]);
      const parts = setUp(log);
      const { store } = parts;
      store.failures = [...failing];
      let partition = new PartitionProjection(parts, at);
      await partition.open();
      for (const [first, length] of offered) {
        if (first > given.length) continue;
        try {
          await partition.apply(log.batch(0, first, first + length));
        } catch (error) {
          if (!(error instanceof StoreOutage) && !(error instanceof StaleCheckpointError)) throw error;
          // As after a crash: what is known is what the store knows.
          partition = new PartitionProjection(parts, at);
          await partition.open();
        }
        expect(offsetsOf(store)).toEqual(log.applicable(0, store.at(at).next));
        expect(partition.next).toBe(store.at(at).next);
      }
      const bad = given.findIndex(isBad);
      const { next, fault } = store.at(at);
      if (bad >= 0) expect(next).toBeLessThanOrEqual(bad);
      if (fault) expect(fault.offset).toBe(bad);
    },
  );

  itForAll(
    'goes on to the end when all that it stops at is skipped by command',
    [eventKinds],
    async (given) => {
      const log = new FaultyLog([given]);
      const parts = setUp(log);
      const standing = parts.store.at(at);
      for (;;) {
        const partition = new PartitionProjection(parts, at);
        await partition.open();
        await partition.catchUp(given.length);
        if (!partition.fault) break;
        standing.skipped.add(partition.fault.offset);
        standing.fault = undefined;
      }
      expect(standing.next).toBe(given.length);
      expect(offsetsOf(parts.store)).toEqual(log.applicable(0, given.length, standing.skipped));
      expect([...standing.skipped]).toEqual(given.flatMap((kind, offset) => (isBad(kind) ? [offset] : [])));
    },
  );

  it('does not stop at what is bad only once', async () => {
    const log = new FaultyLog([['flaky', 'event', 'torn', 'event', 'flaky']]);
    const parts = setUp(log);
    const partition = new PartitionProjection(parts, at);
    await partition.open();
    for (let offset = 0; offset < 5; offset++) await partition.apply(log.batch(0, offset, offset + 1));
    expect([partition.fault, offsetsOf(parts.store)]).toEqual([undefined, [0, 1, 2, 3, 4]]);
  });
});
