import { Logger } from '@nestjs/common';
import { EVENT_CONTRACTS, EVENT_TOPICS, EventDecodingError } from '#libs/contracts';
import { LogUnavailableError, TopicStoppedError } from '#libs/kernel';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import { RegistryClient } from '../registry/registry-client.js';
import { LogEnvironment } from './log-environment.js';
import { type ManifestEntry, schemaEntry, topicEntry } from './log-manifest.js';

it('bounds the remembered obstacles, wherever readers start', () => {
  const environment = new LogEnvironment({} as KafkaProtocol, new RegistryClient({ url: 'http://registry' }));
  const meet = (offset: number): void =>
    environment.met(
      new EventDecodingError({ topic: 'orders', partition: 0, offset }, 'gone', { fault: 'gone' }),
    );
  for (let offset = 0; offset < 5_000; offset++) meet(offset);
  meet(0);
  expect(environment.obstacles).toHaveLength(200);
  expect(environment.isObstructed('orders', 0)).toBe(true);
});

describe('beside a database', () => {
  const protocol = {
    endOffset: async () => 0,
    startOffset: async () => 0,
    endOffsets: async () => [{ partition: 0, offset: 5 }],
    startOffsets: async () => [],
  };
  const open = () =>
    new LogEnvironment(protocol as unknown as KafkaProtocol, new RegistryClient({ url: 'http://registry' }));
  const memoryOf = (reached: () => Promise<number>) => ({
    reached: async () => [{ topic: 'orders', partition: 0, offset: await reached() }],
    newestEvents: async () => [],
  });

  it('stops all topics while the database is ahead of the log', async () => {
    const environment = open();
    let offset = 6;
    environment.remember(memoryOf(async () => offset));
    await environment.checkTopics();
    expect(environment.isStopped('orders')).toBe(true);
    expect(environment.isStopped('payments')).toBe(true);
    expect(environment.notices).toEqual([expect.stringContaining('orders/0 ends at 5, before 6')]);
    offset = 5;
    await environment.checkTopics();
    expect(environment.isStopped('orders')).toBe(false);
  });

  it('waits for no database, and asks it again until it has answered once', async () => {
    const environment = open();
    let asked = 0;
    const answers = [async () => Promise.reject(new Error('down')), async () => 4, async () => 9];
    environment.remember(memoryOf(() => answers[asked++]!()));
    for (let n = 0; n < 5; n++) await environment.checkTopics();
    expect(environment.isStopped('orders')).toBe(false);
    expect(asked).toBe(2);
  });
});

const AGREED = { topicId: 'agreed', partitions: 1, begins: {}, passed: [] };
const recordOf = ({ key, value }: ManifestEntry, offset = 0) => ({
  offset: String(offset),
  key: Buffer.from(key),
  value: Buffer.from(JSON.stringify(value)),
  isControlRecord: false,
});

describe('before it was compared', () => {
  const entries = [
    ...EVENT_TOPICS.map((topic) => topicEntry(topic, AGREED)),
    ...EVENT_CONTRACTS.map(({ schema }, id) => schemaEntry(id, schema)),
  ];
  const records = entries.map(recordOf);
  let offsetsOf: (topic: string) => Promise<{ partition: number; offset: number }[]>;
  let idOf: (topic: string) => Promise<string>;
  let environment: LogEnvironment;
  const silent = async () => Promise.reject(new Error('no answer'));
  beforeEach(() => {
    import.meta.jest.spyOn(Logger.prototype, 'error').mockReturnValue();
    offsetsOf = async () => [{ partition: 0, offset: 5 }];
    idOf = async () => 'agreed';
    const protocol = {
      endOffset: async () => records.length,
      startOffset: async () => 0,
      fetch: async () => records,
      topicId: (topic: string) => idOf(topic),
      startOffsets: async () => [{ partition: 0, offset: 0 }],
      endOffsets: (topic: string) => offsetsOf(topic),
    };
    const registry = new RegistryClient({ url: 'http://registry' });
    environment = new LogEnvironment(protocol as unknown as KafkaProtocol, registry);
  });
  const remember = (offset: number, topic = 'orders') =>
    environment.remember({
      reached: async () => [{ topic, partition: 0, offset }],
      newestEvents: async () => [],
    });

  it.each([
    ['of the same age', 5, undefined],
    ['older', 6, TopicStoppedError],
  ])(
    'uses no topic until Kafka has answered what the database asks, with a log that is %s',
    async (_, reached, refusal) => {
      remember(reached);
      offsetsOf = silent;
      for (let attempt = 0; attempt < 3; attempt++)
        await expect(environment.topic('orders')).rejects.toThrow(LogUnavailableError);
      offsetsOf = async () => [{ partition: 0, offset: 5 }];
      if (refusal) await expect(environment.topic('orders')).rejects.toThrow(refusal);
      else expect(await environment.topic('orders')).toMatchObject({ topicId: 'agreed' });
    },
  );

  it('uses no topic that Kafka has not shown, and those that it has', async () => {
    idOf = async (topic) => (topic === 'orders' ? silent() : 'agreed');
    await expect(environment.topic('orders')).rejects.toThrow(LogUnavailableError);
    expect(await environment.topic('payments')).toMatchObject({ topicId: 'agreed' });
    idOf = async () => 'agreed';
    expect(await environment.topic('orders')).toMatchObject({ topicId: 'agreed' });
  });

  it('goes on after one answer, and without one of the database', async () => {
    environment.remember({ reached: silent, newestEvents: silent });
    expect(await environment.topic('orders')).toMatchObject({ topicId: 'agreed' });
    idOf = silent;
    expect(await environment.topic('orders')).toMatchObject({ topicId: 'agreed' });
  });
});

it('judges an unresponsive topic by its last answer', async () => {
  const record = recordOf(topicEntry('orders', AGREED));
  let topicId = async (): Promise<string> => 'another';
  const protocol = {
    endOffset: async () => 1,
    startOffset: async () => 0,
    fetch: async () => [record],
    topicId: () => topicId(),
    startOffsets: async () => [{ partition: 0, offset: 0 }],
  };
  const environment = new LogEnvironment(
    protocol as unknown as KafkaProtocol,
    new RegistryClient({ url: 'http://registry' }),
  );
  await environment.checkTopics();
  expect(environment.isStopped('orders')).toBe(true);
  topicId = async () => {
    throw new Error('orders/0 has no leader');
  };
  await expect(environment.checkTopics()).rejects.toThrow('has no leader');
  expect(environment.isStopped('orders')).toBe(true);
  topicId = async () => 'agreed';
  await environment.checkTopics();
  expect(environment.isStopped('orders')).toBe(false);
});
