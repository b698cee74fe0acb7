import {
  contractOfEvent,
  contractOfRecord,
  EVENT_TOPICS,
  EVENT_TYPES,
  isEventTypePattern,
  matchesEventType,
} from './event-catalogue.js';

describe('the event catalogue', () => {
  it('finds an event by its type and by its record', () => {
    const contract = contractOfEvent('order.created');
    expect(contract).toMatchObject({
      eventType: 'order.created',
      topic: 'orders',
      recordName: 'orderstream.orders.OrderCreated',
      subject: 'orders-orderstream.orders.OrderCreated',
    });
    expect(contractOfRecord('orderstream.orders.OrderCreated')).toBe(contract);
  });

  it('knows no other types and records', () => {
    expect(contractOfEvent('order.updated')).toBeUndefined();
    expect(contractOfEvent('constructor')).toBeUndefined();
    expect(contractOfRecord('OrderCreated')).toBeUndefined();
  });

  it('lists every topic once', () => expect(EVENT_TOPICS).toEqual(['inventory', 'orders', 'webhooks']));

  it('includes the shared parts in each schema', () => {
    const [metadata] = contractOfEvent('order.confirmed')?.schema.fields ?? [];
    expect(metadata).toMatchObject({ name: 'metadata', type: { name: 'EventMetadata', type: 'record' } });
  });
});

describe('event type patterns', () => {
  it.each(['order.created', 'order.*', 'order.updated', 'stock.*', 'stock.reservation-rejected', '*'])(
    '%s is valid',
    (pattern) => expect(isEventTypePattern(pattern)).toBe(true),
  );

  it.each([
    '',
    'order',
    'order.',
    '.*',
    'ord.*',
    '**',
    'order.*.*',
    'order.teleported',
    'nobody.*',
    'Order.created',
  ])('%p is not valid', (pattern) => expect(isEventTypePattern(pattern)).toBe(false));

  it('order.updated matches every event of an order except the first', () => {
    expect(EVENT_TYPES.filter((type) => matchesEventType('order.updated', type))).toEqual([
      'order.cancelled',
      'order.completed',
      'order.confirmed',
      'order.delivered',
      'order.shipped',
    ]);
    expect(matchesEventType('order.updated', 'stock.received')).toBe(false);
  });

  it.each([
    ['order.*', 'order.created', true],
    ['stock.*', 'order.created', false],
    ['stock.*', 'stock.reservation-rejected', true],
    ['webhook.*', 'webhook.dead-lettered', true],
    ['webhook.*', 'webhook-subscription.created', false],
    ['webhook-subscription.*', 'webhook-subscription.created', true],
    ['*', 'stock.received', true],
    ['*', 'webhook.dead-lettered', false],
    ['*', 'webhook-subscription.created', false],
    ['order.created', 'order.created', true],
    ['order.created', 'order.created-twice', false],
  ])('%s matches %s: %p', (pattern, type, expected) => {
    expect(matchesEventType(pattern, type)).toBe(expected);
  });
});
