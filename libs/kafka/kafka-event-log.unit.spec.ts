import type { EventCodec, RecordToDecode } from '#libs/contracts';
import { KafkaEventLog } from './kafka-event-log.js';
import type { KafkaProtocol } from './protocol/kafka-protocol.js';

describe('records as kafkajs gives them', () => {
  it.each([
    ['bytes', Buffer.from('/orderstream/orders'), Buffer.from('order.created')],
    ['texts', '/orderstream/orders', 'order.created'],
    [
      'lists, where one is there twice',
      [Buffer.from('/orderstream/orders'), Buffer.from('/else')],
      ['order.created'],
    ],
  ])('have the marks of headers that are %s', async (_, source, type) => {
    const decoded: RecordToDecode[] = [];
    const codec = {
      decodeReadable: async (records: readonly RecordToDecode[]) => {
        decoded.push(...records);
        return { events: [], foreign: [] };
      },
    } as unknown as EventCodec;
    const log = new KafkaEventLog({} as KafkaProtocol, codec, {
      prefix: 'p',
      producerExpiration: async () => 1,
    });
    const headers = { ce_source: source, ce_type: type };
    await log.decodeReadable('orders', 0, [
      { offset: '7', key: Buffer.from('k'), value: Buffer.from('v'), headers },
    ]);
    expect(decoded.map(({ offset, marks }) => ({ offset, marks }))).toEqual([
      { offset: 7, marks: { source: '/orderstream/orders', type: 'order.created' } },
    ]);
  });
});
