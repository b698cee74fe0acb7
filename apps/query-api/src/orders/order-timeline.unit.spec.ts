import { Logger } from '@nestjs/common';
import { EVENT_CONTRACTS, EventCodec, eventDocument, type RecordToDecode } from '#libs/contracts';
import { newId } from '#libs/kernel';
import type { OrderTimelineRepository } from '#libs/projections/read-models';
import { someOrderEvent } from '#libs/orders/testing';
import { OrderTimeline } from './order-timeline.js';

const orderId = newId();
let schemaOf: (id: number) => Promise<object | undefined>;
const codec = new EventCodec({
  idOf: (subject) => EVENT_CONTRACTS.findIndex((contract) => contract.subject === subject) + 1,
  schemaOf: (id) => schemaOf(id),
});

const recordOf = (version: number): RecordToDecode => ({
  topic: 'orders',
  partition: 0,
  offset: version - 1,
  value: codec.encode(someOrderEvent(orderId, version)).value,
});

/** The same, by a schema that this process has not met. */
function ofAnotherSchema(record: RecordToDecode): RecordToDecode {
  const value = Buffer.from(record.value ?? '');
  value.writeInt32BE(9_999, 1);
  return { ...record, value };
}

function timelineOf(records: readonly RecordToDecode[]) {
  const asked: number[] = [];
  const find: OrderTimelineRepository['find'] = async (_tenant, _orderId, fromVersion, limit) => {
    asked.push(fromVersion);
    const items = records.slice(fromVersion - 1, fromVersion - 1 + limit);
    return { items, hasMore: fromVersion - 1 + limit < records.length };
  };
  return { asked, timeline: new OrderTimeline({ find } as OrderTimelineRepository, codec) };
}

describe('the timeline of an order', () => {
  const records = Array.from({ length: 450 }, (_, index) => recordOf(index + 1));

  beforeEach(() => {
    schemaOf = async () => undefined;
  });
  beforeAll(() => Logger.overrideLogger(false));

  it('tells events as clients see them, without nulls', async () => {
    const { timeline } = timelineOf(records);
    const [created, confirmed] = (await timeline.page('tenant', orderId, 1, 2)).items.map(eventDocument);
    expect(created?.data).not.toHaveProperty('shippingAddress');
    expect(confirmed).toEqual({
      eventId: expect.any(String),
      eventType: 'order.confirmed',
      version: 2,
      occurredAt: '2026-01-01T00:00:00.000Z',
      position: 'orders/0@1',
      data: { orderId, customerId: 'c-1', currency: 'EUR', total: 900 },
      metadata: {
        eventId: confirmed?.eventId,
        streamId: orderId,
        version: 2,
        occurredAt: '2026-01-01T00:00:00.000Z',
        correlationId: 'correlation',
        commandId: expect.any(String),
        tenant: 'tenant',
        actor: 'test',
      },
    });
  });

  it('is read page by page, and only as far as it has to be', async () => {
    const { timeline, asked } = timelineOf(records);
    expect((await timeline.orderAt('tenant', orderId, { version: 450 }))?.version).toBe(450);
    expect(asked).toEqual([1, 201, 401]);
    expect((await timeline.orderAt('tenant', orderId, { version: 7 }))?.version).toBe(7);
    expect(asked).toEqual([1, 201, 401, 1]);
  });

  it('is not available while the schema registry is away', async () => {
    schemaOf = async () => {
      throw new TypeError('fetch failed');
    };
    const { timeline } = timelineOf([ofAnotherSchema(recordOf(1))]);
    await expect(timeline.page('tenant', orderId, 1, 10)).rejects.toMatchObject({
      code: 'unavailable',
      status: 503,
    });
    await expect(timeline.orderAt('tenant', orderId, { version: 1 })).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('names an event that cannot be read, and is told up to there', async () => {
    const { timeline } = timelineOf([recordOf(1), recordOf(2), ofAnotherSchema(recordOf(3)), recordOf(4)]);
    const problem = { code: 'internal-error', message: 'The event at orders/0@2 cannot be read.' };
    await expect(timeline.page('tenant', orderId, 1, 10)).rejects.toMatchObject(problem);
    await expect(timeline.orderAt('tenant', orderId, { version: 3 })).rejects.toMatchObject(problem);
    expect((await timeline.orderAt('tenant', orderId, { version: 1 }))?.version).toBe(1);
  });
});
