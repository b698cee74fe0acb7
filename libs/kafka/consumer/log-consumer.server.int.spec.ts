import { randomUUID } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { type EventBatch, newId, type TopicPartition } from '#libs/kernel';
import { deferred } from '#libs/kernel/testing';
import { someOrderEvent } from '#libs/orders/testing';
import { openLog, type TestLog, testSettings } from '#libs/testing';
import { makeKafka } from '../kafka.module.js';
import { LogConsumerServer } from './log-consumer.server.js';

const PARTITIONS = 4;

/** Checkpoints that all members share, as a database's would be. */
class Progress {
  readonly next = new Map<number, number>();
  readonly seen: string[] = [];

  /** Applies a batch once: offsets below the checkpoint have been applied already. */
  apply({ partition, events, next }: EventBatch): void {
    const from = this.next.get(partition) ?? 0;
    for (const { metadata, position } of events)
      if (position.offset >= from) this.seen.push(metadata.eventId);
    this.next.set(partition, Math.max(from, next));
  }
}

// Failures are what this is about: their log lines would only be noise.
Logger.overrideLogger(false);

describe('the log consumer', () => {
  let test: TestLog;
  let groupId: string;
  const servers: LogConsumerServer[] = [];

  beforeEach(async () => {
    test = await openLog(PARTITIONS);
    groupId = `test-${randomUUID()}`;
  });
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
    await test.close();
  });

  async function append(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const appender = test.log.appender(test.topic, partition);
      await appender.claim();
      const events = Array.from({ length: count }, () => someOrderEvent(newId(), 1));
      if (count > 0) await appender.append(events.map((event) => test.codec.encode(event)));
      await appender.close();
      ids.push(...events.map(({ metadata }) => metadata.eventId));
    }
    return ids;
  }

  function consume(
    progress: Progress,
    handle: (batch: EventBatch) => void,
    assigned = async ({ partition }: TopicPartition) => progress.next.get(partition) ?? 0,
    withEmptyBatches = false,
  ) {
    const server = new LogConsumerServer({
      transportId: Symbol('test'),
      groupId,
      kafka: makeKafka(testSettings()),
      log: test.log,
      maxEvents: 10,
      batchesAtOnce: 2,
      withEmptyBatches,
      gatherMs: { least: 0, most: 0 },
      assignments: {
        assigned,
        revoked: async () => undefined,
      },
    });
    servers.push(server);
    server.addHandler(test.topic, async (batch) => handle(batch), true);
    void server.listen(() => undefined);
    return server;
  }

  async function until(check: () => void): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      try {
        return check();
      } catch (error) {
        if (attempt === 400) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  const expectAll = (progress: Progress, ids: string[]) =>
    until(() => expect(progress.seen.toSorted()).toEqual(ids.toSorted()));

  it('reads from the checkpoint in bounded batches, then follows the log', async () => {
    const ids = await append(25);
    const progress = new Progress();
    let largest = 0;
    consume(progress, (batch) => {
      largest = Math.max(largest, batch.events.length);
      progress.apply(batch);
    });
    await expectAll(progress, ids);
    expect(largest).toBe(10);
    ids.push(...(await append(5)));
    await expectAll(progress, ids);
  });

  it('tells of records that are no events only where that is wanted', async () => {
    const ids = await append(5);
    const [events, records] = [new Progress(), new Progress()];
    consume(events, (batch) => events.apply(batch));
    await expectAll(events, ids);
    const before = new Map(events.next);
    groupId = `test-${randomUUID()}`;
    consume(records, (batch) => records.apply(batch), undefined, true);
    await expectAll(records, ids);
    // Claims leave records that are no events.
    await append(0);
    const ends = await test.log.endOffsets([test.topic]);
    await until(() =>
      expect(ends.map(({ partition }) => records.next.get(partition))).toEqual(
        ends.map(({ offset }) => offset),
      ),
    );
    expect(events.next).toEqual(before);
    expect(records.seen.toSorted()).toEqual(ids.toSorted());
  });

  it.each([
    ['an error', new Error('plain')],
    ['one that kafkajs would stop for', new TypeError('stop')],
  ])('reads a batch again after its handler failed, and loses nothing: %s', async (_, failure) => {
    const ids = await append(25);
    const progress = new Progress();
    const failures = new Map<number, number>();
    consume(progress, (batch) => {
      const count = failures.get(batch.partition) ?? 0;
      failures.set(batch.partition, count + 1);
      // The second batch of each partition fails, twice.
      if (count === 1 || count === 2) throw failure;
      progress.apply(batch);
    });
    await expectAll(progress, ids);
  });

  it('blocks only the partition whose handler fails', async () => {
    const ids = await append(5);
    const progress = new Progress();
    const server = consume(progress, (batch) => {
      if (batch.partition === 0) throw new Error('poison');
      progress.apply(batch);
    });
    await until(() => expect(progress.seen).toHaveLength(ids.length - 5));
    await until(() => expect(server.fault).toBe(`${test.topic}/0 is held up: poison`));
  });

  it('is not held up by a late failure in a partition that another member has by now', async () => {
    const progress = new Progress();
    const [isMoved, moved] = [deferred(), new Set<number>()];
    const first = consume(
      progress,
      () => undefined,
      async ({ partition }) => {
        await isMoved.promise;
        if (moved.has(partition)) throw new Error('late');
        return 0;
      },
    );
    await until(() => expect(first.fault).toBeUndefined());
    consume(
      progress,
      () => undefined,
      async ({ partition }) => {
        moved.add(partition);
        return 0;
      },
    );
    await until(() => expect(moved.size).toBe(PARTITIONS / 2));
    isMoved.resolve();
    // The failures arrive meanwhile.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(first.fault).toBeUndefined();
  });

  it('hands partitions from member to member without a gap or a repeat', async () => {
    const progress = new Progress();
    const apply = progress.apply.bind(progress);
    const ids = await append(10);
    const first = consume(progress, apply);
    await expectAll(progress, ids);
    consume(progress, apply);
    ids.push(...(await append(10)));
    await expectAll(progress, ids);
    servers.splice(servers.indexOf(first), 1);
    await first.close();
    ids.push(...(await append(10)));
    await expectAll(progress, ids);
  });
});
