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
