import { setImmediate as afterOthers } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { newId, readUpTo, systemClock, UnreadableRecordError } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { openLog, type TestLog, testSettings } from '#libs/testing';
import { makeEventLog, makeKafka } from '../kafka.module.js';
import { KafkaProtocol } from '../protocol/kafka-protocol.js';
import { createTopics } from '../topics.js';
import { topicDifferences } from './differences.js';
import { LogManifest, topicEntry } from './log-manifest.js';
import { NO_AGREEMENT, presentTopics } from './log-environment.js';

describe('a topic on the brokers', () => {
  const settings = testSettings();
  const kafka = makeKafka(settings);
  let protocol: KafkaProtocol;
  let admin: Admin;
  let opened: TestLog;

  beforeAll(async () => {
    protocol = new KafkaProtocol(settings.kafka);
    admin = kafka.admin();
    await admin.connect();
  });
  beforeEach(async () => {
    opened = await openLog(2);
  });
  afterEach(() => opened.close());
  afterAll(() => Promise.all([protocol.disconnect(), admin.disconnect()]));

  async function agreed(): Promise<LogManifest> {
    const [{ topicId, partitions } = { topicId: '', partitions: 0 }] = await presentTopics(protocol, [
      opened.topic,
    ]);
    return LogManifest.of([topicEntry(opened.topic, { topicId, partitions, begins: {}, passed: [] })]);
  }
  const differences = async (manifest: LogManifest) =>
    topicDifferences(manifest, await presentTopics(protocol, [opened.topic]));
  async function append(count: number): Promise<void> {
    const appender = opened.log.appender(opened.topic, 0);
    await appender.claim();
    for (let n = 0; n < count; n++) await appender.append([opened.codec.encode(someOrderEvent(newId(), 1))]);
    await appender.close();
  }

  /** The broker does what the controller has answered a moment later. */
  async function deleteTopic(topic: string): Promise<void> {
    await admin.deleteTopics({ topics: [topic] });
    while ((await admin.listTopics()).includes(topic));
  }

  it('differs if recreated under the same name, and is missing if deleted', async () => {
    const manifest = await agreed();
    expect(await differences(manifest)).toEqual([]);
    await deleteTopic(opened.topic);
    expect(await differences(manifest)).toMatchObject([{ level: 'fail', stops: opened.topic }]);
    await createTopics(kafka, [{ topic: opened.topic, partitions: 2, replication: 1 }]);
    expect(await differences(manifest)).toMatchObject([
      { level: 'fail', stops: opened.topic, is: expect.stringContaining('another topic') },
    ]);
  });

  it('cannot be claimed right after it was recreated', async () => {
    const { topic, codec } = opened;
    const manifest = await agreed();
    const rechecked: string[] = [];
    const agreement = {
      ...NO_AGREEMENT,
      topic: async (name: string) => manifest.topics.get(name),
      recheck: async () => void rechecked.push(topic),
    };
    const appender = makeEventLog(kafka, protocol, codec, settings, agreement).appender(topic, 0);
    const { end } = await appender.claim();
    await deleteTopic(topic);
    await createTopics(kafka, [{ topic, partitions: 2, replication: 1 }]);
    // The owner of the deleted topic notices by the offset, which writers compare, so no append is acknowledged wrongly.
    const offset = await appender.append([codec.encode(someOrderEvent(newId(), 1))]).catch(() => -1);
    expect(offset).toBeLessThan(end);
    await expect(appender.claim()).rejects.toThrow('was replaced a moment ago');
    expect(rechecked).not.toEqual([]);
    // Nor is anything written into it.
    const before = await protocol.endOffset(topic, 0);
    await expect(appender.claim()).rejects.toThrow('was replaced a moment ago');
    expect(await protocol.endOffset(topic, 0)).toBe(before);
  });

  it('does not block other topics when deleted', async () => {
    const other = await openLog(1);
    const ask = (topic: string) => protocol.endOffset(topic, 0);
    await Promise.all([ask(opened.topic), ask(other.topic)]);
    await deleteTopic(opened.topic);
    let isServed = true;
    while (isServed) await ask(opened.topic).catch(() => (isServed = false));
    for (let n = 0; n < 3; n++) {
      const answers = await Promise.allSettled([opened.topic, other.topic, other.topic].map(ask));
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'fulfilled']);
    }
    await other.close();
  });

  it('disturbs nothing that is asked of other topics under load when deleted', async () => {
    const others = await Promise.all([openLog(1), openLog(1)]);
    const gone = opened.topic;
    await protocol.endOffset(gone, 0);
    await deleteTopic(gone);
    let isDone = false;
    const missing = [
      () => protocol.endOffset(gone, 0),
      () => protocol.topicId(gone),
      () => protocol.fetch(gone, 0, 0, 1_000),
      () => protocol.byLeader([{ topic: gone, partition: 0 }]),
    ].map(async (ask) => {
      while (!isDone) {
        await ask().catch(() => undefined);
        // What is answered from memory would leave no time for anything else.
        await afterOthers();
      }
    });
    const failures: string[] = [];
    const note = (what: string) => (error: unknown) => void failures.push(`${what}: ${String(error)}`);
    const asking = others.map(async ({ topic, codec }) => {
      const appender = makeEventLog(kafka, protocol, codec, settings, NO_AGREEMENT).appender(topic, 0);
      await appender.claim().catch(note('claim'));
      for (let n = 0; n < 30; n++) {
        const event = codec.encode(someOrderEvent(newId(), 1));
        const [, , , { led }] = await Promise.all([
          appender.append([event]).catch(note('append')),
          protocol.fetch(topic, 0, 0, 1_000).catch(note('fetch')),
          protocol.startOffsets(topic).catch(note('start offsets')),
          protocol.byLeader([{ topic, partition: 0 }]),
          protocol.topicId(topic).catch(note('id')),
        ]);
        if (led.size === 0) failures.push('no leader');
      }
      await appender.close();
    });
    await Promise.all(asking).finally(() => (isDone = true));
    await Promise.all(missing);
    expect(failures).toEqual([]);
    await expect(protocol.topicId(gone)).rejects.toMatchObject({ type: 'UNKNOWN_TOPIC_OR_PARTITION' });
    await Promise.all(others.map((other) => other.close()));
  });

  it('reports deleted records at its beginning, and readers stop there', async () => {
    const manifest = await agreed();
    await append(5);
    const { topic, log } = opened;
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] });
    expect(await differences(manifest)).toMatchObject([
      { about: `${topic}/0`, is: 'begins at 3 instead of 0' },
    ]);
    const from = { topic, partition: 0, offset: 1 };
    const batch = await log.fetch(from, 1_000);
    expect(batch).toMatchObject({ events: [], next: 1, isGone: true });
    expect(batch.unreadable).toContain('the records up to 3 are gone');
    await expect(readUpTo(log, from, 3, systemClock)[Symbol.asyncIterator]().next()).rejects.toThrow(
      UnreadableRecordError,
    );
    expect(await log.startOffsets([topic])).toContainEqual({ topic, partition: 0, offset: 3 });
    // The next owner can still claim the partition.
    await append(1);
  });

  it('may end before a requested offset without having a gap', async () => {
    await append(1);
    const from = { topic: opened.topic, partition: 0, offset: 99 };
    await expect(opened.log.fetch(from, 1_000)).rejects.toMatchObject({ name: 'LogUnavailableError' });
  });

  it('is fenced and read across foreign records', async () => {
    await append(2);
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
    await producer.connect();
    const messages = ['garbage', '\0\0\0\0\u0001 no event'].map((value) => ({
      key: 'k',
      value,
      partition: 0,
    }));
    await producer.send({ topic: opened.topic, messages });
    await append(2);
    await producer.disconnect();
    const events = [];
    const ends = await opened.log.endOffsets([opened.topic]);
    const end = ends.find(({ partition }) => partition === 0);
    for await (const batch of readUpTo(opened.log, { ...end!, offset: 0 }, end!.offset, systemClock))
      events.push(...batch);
    expect(events).toHaveLength(4);
  });
});
