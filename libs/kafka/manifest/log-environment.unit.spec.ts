import { EventDecodingError } from '#libs/contracts';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import { RegistryClient } from '../registry/registry-client.js';
import { LogEnvironment } from './log-environment.js';

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

it('judges an unresponsive topic by its last answer', async () => {
  const agreed = { topicId: 'agreed', partitions: 1, begins: {}, passed: [] };
  const record = {
    offset: '0',
    key: Buffer.from('topic/orders'),
    value: Buffer.from(JSON.stringify(agreed)),
    isControlRecord: false,
  };
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
