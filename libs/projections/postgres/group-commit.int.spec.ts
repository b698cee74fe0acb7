import { newId, systemClock } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
import { ORDER_AGGREGATE } from '#libs/orders';
import { useDatabase } from '#libs/testing';
import { GroupCommit } from '../core/runtime/group-commit.js';
import { PartitionProjection } from '../core/runtime/partition-projection.js';
import { StaleCheckpointError } from '../core/runtime/projection-store.js';
import { WaitingReaders } from '../core/runtime/waiting-readers.js';
import { ORDER_STATISTICS_READ_MODEL } from '../read-models/order-statistics/order-statistics.read-model.js';
import { ORDER_TIMELINE_READ_MODEL } from '../read-models/order-timeline/order-timeline.read-model.js';
import { OrderLog } from '../testing/order-log.fixture.js';
import type { PostgresTransaction } from './postgres-transaction.js';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { PostgresProjectionStore } from './projection.store.js';
import { rebuildProjection } from './rebuild-projection.js';
import { stateTableProjection } from './state-table-projection.js';
import { equalsLog, verifyProjection } from './verification/projection-verification.js';

const MODELS = [
  stateTableProjection(ORDER_AGGREGATE),
  ORDER_TIMELINE_READ_MODEL,
  ORDER_STATISTICS_READ_MODEL,
];
const PARTITIONS = 4;

const { url, prisma } = await useDatabase(8);

/** Counts the transactions that it begins. */
class CountingStore extends PostgresProjectionStore {
  transactions = 0;

  override advance(...given: Parameters<PostgresProjectionStore['advance']>): Promise<void> {
    this.transactions++;
    return super.advance(...given);
  }
}

describe.each(MODELS)('partitions of $name that share transactions', (projection) => {
  let log: OrderLog;
  let store: CountingStore;
  let commits: GroupCommit<PostgresTransaction>;
  let live: PartitionProjection<PostgresTransaction>[];

  beforeEach(async () => {
    const tables = MODELS.flatMap((each) => each.tables).map((table) => `"${table}"`);
    await prisma.$executeRawUnsafe(`truncate ${tables.join()}, projection, projection_checkpoint`);
    log = new OrderLog(PARTITIONS, 1_000);
    store = new CountingStore(prisma);
    const readers = new WaitingReaders();
    commits = new GroupCommit({
      projection,
      store,
      readers,
      clock: systemClock,
      gatherMs: 5,
      maxEvents: 500,
    });
    live = await openAll();
  });

  async function openAll() {
    const { build } = await new PostgresProjectionBuilds(prisma).live(projection);
    const opened = log.partitions.map(({ topic, partition }) => {
      const parts = { projection, store, log, commits };
      return new PartitionProjection(parts, { projection: projection.name, build, topic, partition });
    });
    await Promise.all(opened.map((one) => one.open()));
    return opened;
  }

  /** Hands over what is new in every partition, at once. */
  const followAll = () =>
    Promise.allSettled(
      live.map(async (one, partition) =>
        one.apply(await log.partitions[partition]!.fetch({ offset: one.next })),
      ),
    );

  const verified = async () => equalsLog((await verifyProjection({ database: { url }, projection, log }))!);
  const checkpoints = async () => {
    const standings = await store.liveCheckpoints([projection.name]);
    return log.partitions.map(
      ({ topic, partition }) => standings.get(`${projection.name} ${topic}/${partition}`)?.nextOffset,
    );
  };

  it('are written as one, equal to the log', async () => {
    const begun = log.partitions.map(() => newId());
    for (const version of [1, 2, 3, 4]) {
      for (const [partition, orderId] of begun.entries()) log.put(partition, orderId, version);
      for (const [partition] of begun.entries()) for (let n = 0; n < partition; n++) log.append(partition);
      for (const { status } of await followAll()) expect(status).toBe('fulfilled');
    }
    expect(store.transactions).toBe(4);
    expect(await checkpoints()).toEqual(log.partitions.map(({ end }) => end));
    expect(await verified()).toBe(true);
  });

  it('lose nothing to one of them that a rival has moved', async () => {
    for (let partition = 0; partition < PARTITIONS; partition++) log.append(partition);
    const rival = (await openAll())[2]!;
    await rival.catchUp(1);
    const outcomes = await followAll();
    expect(outcomes.map((each) => each.status === 'rejected' && each.reason)).toEqual([
      false,
      false,
      expect.any(StaleCheckpointError),
      false,
    ]);
    expect(live.map(({ next }) => next)).toEqual([2, 2, 0, 2]);
    expect(await checkpoints()).toEqual([2, 2, 2, 2]);
    expect(await verified()).toBe(true);
  });

  it('lose nothing to a bad event of one of them, which stops there and nowhere else', async () => {
    const begun = newId();
    log.put(1, begun, 1);
    await followAll();
    for (let partition = 0; partition < PARTITIONS; partition++) log.append(partition);
    // It repeats the first event of a stream that exists.
    log.put(1, begun, 1);
    log.append(1);
    for (const { status } of await followAll()) expect(status).toBe('fulfilled');
    expect(live.map(({ fault }) => fault?.offset)).toEqual([undefined, 3, undefined, undefined]);
    expect(await checkpoints()).toEqual([2, 3, 2, 2]);
    for (let partition = 0; partition < PARTITIONS; partition++) log.append(partition);
    await followAll();
    expect(await checkpoints()).toEqual([4, 3, 4, 4]);
    expect(await verified()).toBe(true);
  });

  it('go on beside a rebuild, over its switch', async () => {
    for (let n = 0; n < 40; n++) log.append(n % PARTITIONS);
    await followAll();
    let isRebuilt = false;
    const follow = async (): Promise<void> => {
      while (!isRebuilt) {
        for (let partition = 0; partition < PARTITIONS; partition++) log.append(partition);
        const outcomes = await followAll();
        // As a projector does, which opens again when somebody else has moved what it knew.
        if (outcomes.some(({ status }) => status === 'rejected')) live = await openAll();
      }
    };
    const following = follow();
    await until(() => store.transactions > 3);
    const signal = new AbortController().signal;
    await rebuildProjection({ database: { url }, projection, log, changed: () => {}, signal });
    isRebuilt = true;
    await following;
    live = await openAll();
    await followAll();
    expect(live.map(({ at }) => at.build)).toEqual([2, 2, 2, 2]);
    expect(await checkpoints()).toEqual(log.partitions.map(({ end }) => end));
    expect(await verified()).toBe(true);
  });
});
