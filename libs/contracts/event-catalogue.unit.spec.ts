import {
  contractOfEvent,
  contractOfRecord,
  EVENT_TOPICS,
  TENANT_EVENT_TOPICS,
  TENANT_EVENT_TYPES,
  isEventTypePattern,
  isHiddenField,
  matchesEventType,
  publicData,
} from './event-catalogue.js';
import { type AvroSchema, isArray, isMap, isRecord, isUnion, METADATA_FIELD } from './avro-schema.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

/** The paths of all fields of an event's data, at any depth; those inside arrays and maps after `[]`. */
function pathsOf(schema: AvroSchema, path: readonly string[] = []): string[][] {
  if (isUnion(schema)) return schema.flatMap((branch) => pathsOf(branch, path));
  if (isArray(schema)) return pathsOf(schema.items, [...path, '[]']);
  if (isMap(schema)) return pathsOf(schema.values, [...path, '[]']);
  if (!isRecord(schema)) return [];
  return schema.fields
    .filter(({ name }) => path.length > 0 || name !== METADATA_FIELD)
    .flatMap(({ name, dataName, type }) => {
      const below = [...path, dataName ?? name];
      return [below, ...pathsOf(type, below)];
    });
}

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

  it('lists every topic once', () =>
    expect(EVENT_TOPICS).toEqual([
      'audit',
      'carts',
      'inventory',
      'notifications',
      'orders',
      'payments',
      'processes',
      'webhooks',
    ]));

  it('keeps acts from tenants, and has every other topic for them', () => {
    expect(EVENT_TOPICS.filter((topic) => !TENANT_EVENT_TOPICS.includes(topic))).toEqual(['audit']);
    expect(TENANT_EVENT_TYPES).not.toContain('act.recorded');
    expect(contractOfEvent('act.recorded')).toMatchObject({ topic: 'audit' });
  });

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
    'act.*',
    'act.recorded',
  ])('%p is not valid', (pattern) => expect(isEventTypePattern(pattern)).toBe(false));

  it('order.updated matches every event of an order except the first', () => {
    expect(TENANT_EVENT_TYPES.filter((type) => matchesEventType('order.updated', type))).toEqual([
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

describe('the public data of an event', () => {
  it.each(['webhook-subscription.created', 'webhook-subscription.updated'])(
    'has nothing sealed: %s',
    (type) => {
      const data = {
        subscriptionId: 'id',
        secrets: [{ sealed: 'x', expiresAt: null }],
        headers: 'y',
        filter: null,
      };
      expect(publicData({ type, data })).toEqual({ subscriptionId: 'id' });
    },
  );

  it.each(['webhook-subscription.created', 'webhook-subscription.updated'])(
    'has no query of the callback URL, not even of old events that hold it in plain text: %s',
    (type) => {
      for (const rest of ['', '?token=t', '#token', '?token=t#\n?'])
        expect(publicData({ type, data: { callbackUrl: `https://example.com/a${rest}` } })).toEqual({
          callbackUrl: 'https://example.com/a',
        });
      expect(publicData({ type, data: { callbackQuery: 'sealed' } })).toEqual({});
    },
  );

  it('is all the data of other events, except nulls', () => {
    const data = { headers: { secrets: 1 }, secrets: 2, reason: null };
    expect(publicData({ type: 'order.created', data })).toEqual({ headers: { secrets: 1 }, secrets: 2 });
    expect(publicData({ type: 'order.vanished', data })).toEqual({ headers: { secrets: 1 }, secrets: 2 });
  });

  it('leaves out every field whose name suggests a secret', () => {
    for (const { eventType, schema } of EVENT_CONTRACTS) {
      const paths = pathsOf(schema).filter((path) => /secret|headers|sealed|token/i.test(path.join()));
      for (const path of paths) expect([path, isHiddenField(eventType, path)]).toEqual([path, true]);
    }
  });

  it('leaves out hidden fields inside others, and lets no filter look into them', () => {
    const data = { payment: { token: 'tok_ok', country: 'CH' }, customer: { id: 'c-1', name: null } };
    expect(publicData({ type: 'order.created', data })).toEqual({
      payment: { country: 'CH' },
      customer: { id: 'c-1' },
    });
    expect(publicData({ type: 'order.created', data: { payment: null } })).toEqual({});
    expect(isHiddenField('order.created', ['payment', 'token'])).toBe(true);
    expect(isHiddenField('order.created', ['payment', 'country'])).toBe(false);
    expect(isHiddenField('order.confirmed', ['payment', 'token'])).toBe(false);
    expect(isHiddenField('webhook-subscription.created', ['secrets', '0', 'sealed'])).toBe(true);
    expect(isHiddenField('webhook-subscription.created', ['callbackUrl'])).toBe(false);
  });
});
