import fc from 'fast-check';
import { type Position, systemClock } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import {
  commitFailures,
  eventKinds,
  FaultyLog,
  isBad,
  notingProjection,
  TOPIC,
} from '../../testing/faulty-log.fixture.js';
import { InMemoryProjectionStore, StoreOutage } from '../../testing/in-memory-projection-store.fixture.js';
import { GroupCommit } from './group-commit.js';
import { PartitionProjection } from './partition-projection.js';
import { StaleCheckpointError } from './projection-store.js';
import { WaitingReaders } from './waiting-readers.js';

const PARTITIONS = 3;
const placeOf = (partition: number) => ({ projection: 'test', build: 1, topic: TOPIC, partition });

const logs = fc.tuple(...Array.from({ length: PARTITIONS }, () => eventKinds));
const offers = fc.array(fc.tuple(fc.nat(25), fc.nat(8)), { minLength: 1, maxLength: 8 });
const offersOfAll = fc.tuple(...Array.from({ length: PARTITIONS }, () => offers));
/** Before this partition's next step, a rival applies so many offsets. */
const rivals = fc.array(fc.tuple(fc.nat(PARTITIONS - 1), fc.nat(6)), { maxLength: 3 });

describe('partitions that share transactions', () => {
  itForAll(
    'have each event applied once, in order, up to where each stands, whatever fails, goes stale or is bad',
    [logs, offersOfAll, commitFailures, rivals, fc.integer({ min: 1, max: 20 })],
    async (kinds, offered, failing, stealing, maxEvents) => {
      const log = new FaultyLog(kinds);
      const store = new InMemoryProjectionStore<Position>();
      const projection = notingProjection();
      const readers = new WaitingReaders();
      const commits = new GroupCommit({
        projection,
        store,
        readers,
        clock: systemClock,
        gatherMs: 0,
        maxEvents,
      });
      const parts = { projection, store, log, commits };
      const reopened = async (partition: number) => {
        const one = new PartitionProjection(parts, placeOf(partition));
        await one.open();
        return one;
      };
      store.failures = [...failing];
      const thefts = [...stealing];
      let isStealing = false;
      store.meanwhile = async () => {
        const theft = isStealing ? undefined : thefts.pop();
        if (!theft) return;
        isStealing = true;
        const [partition, length] = theft;
        const rival = new PartitionProjection({ projection, store, log }, placeOf(partition));
        await rival.open();
        await rival.apply(log.batch(partition, rival.next, rival.next + length)).catch(() => undefined);
        isStealing = false;
      };

      const follow = async (partition: number): Promise<void> => {
        let one = await reopened(partition);
        for (const [first, length] of offered[partition] ?? []) {
          if (first > kinds[partition]!.length) continue;
          try {
            await one.apply(log.batch(partition, first, first + length));
          } catch (error) {
            if (!(error instanceof StoreOutage) && !(error instanceof StaleCheckpointError)) throw error;
            one = await reopened(partition);
          }
        }
      };
      await Promise.all(Array.from({ length: PARTITIONS }, (_, partition) => follow(partition)));

      for (const [partition, given] of kinds.entries()) {
        const { next, fault } = store.at(placeOf(partition));
        const rows = store.rows.filter((row) => row.partition === partition);
        expect(rows.map(({ offset }) => offset)).toEqual(log.applicable(partition, next));
        const bad = given.findIndex(isBad);
        if (bad >= 0) expect(next).toBeLessThanOrEqual(bad);
        if (fault) expect(fault.offset).toBe(bad);
      }
    },
  );
});
