import {
  type AvroSchema,
  type FieldSchema,
  isArray,
  isEnum,
  isHidden,
  isMap,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from '../avro-schema.js';
import type { EventContract } from '../event-contract.js';

const SUBJECT = '0197b2f0-1c00-7000-8000-000000000001';
const TIME = '2026-01-31T12:00:00.000Z';

/** What fields hold in examples, by name. Fields of one name mean the same in every event. */
const VALUES: Readonly<Record<string, unknown>> = {
  amount: 4_998,
  at: TIME,
  attempts: 20,
  available: 3,
  callbackUrl: 'https://example.com/webhooks',
  carrier: 'DHL',
  cartId: 'cart-1',
  cause: 'requested',
  changed: ['callbackUrl'],
  country: 'DE',
  currency: 'EUR',
  customerId: 'customer-1',
  email: 'customer@example.com',
  error: 'mailbox unavailable',
  eventType: 'order.created',
  eventTypes: ['order.*'],
  filter: '{"data.currency":"EUR"}',
  format: 'native',
  gateway: 'simulated',
  id: 'customer-1',
  initialDelayMs: 5_000,
  input: '{"type":"event","eventType":"order.created"}',
  key: 'reserve',
  lastError: 'status 500',
  lowAt: 5,
  maxAttempts: 20,
  maxDelayMs: 21_600_000,
  maxEvents: 100,
  maxWaitMs: 1_000,
  messageId: '<order-1@example.com>',
  metadata: { channel: 'web' },
  name: 'Ada Example',
  onExhausted: 'park',
  ordering: 'stream',
  payload: 'full',
  position: 'orders/3@17',
  positions: { 'orders/3': 18 },
  process: 'order-fulfilment',
  quantity: 2,
  rateLimit: 50,
  reason: 'The customer asked for it.',
  reference: 'ref-1',
  refunded: 4_998,
  shippingAddress: { street: 'Main Street 1', city: 'Berlin' },
  sku: 'tea-1',
  startFrom: 'now',
  start: { 'orders/3': 17 },
  subject: 'Your order has been confirmed',
  target: 'stock',
  template: 'order-confirmed',
  timeoutMs: 15_000,
  timersCleared: ['payment'],
  to: 'customer@example.com',
  total: 4_998,
  trackingNumber: '00340434161094042557',
  trigger: 'order.created',
  unitPrice: 2_499,
};

/** Where a name means something else. */
const VALUES_OF_EVENTS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  act: {
    act: 'webhook-secret.rotated',
    actor: '0197b2f0-1c00-7000-8000-00000000000a',
    actorKind: 'key',
    from: '203.0.113.7',
    objectId: SUBJECT,
    objectKind: 'subscription',
    outcome: 'succeeded',
    requestId: '0197b2f0-1c00-7000-8000-00000000000b',
    route: 'POST /v1/webhook-subscriptions/:subscriptionId/secret/rotate',
    status: 200,
    tenant: 'acme',
  },
  process: { name: 'payment', payload: '{"quantity":2}', error: 'the gateway does not answer' },
  payment: { reason: 'The card was declined.', cause: 'declined' },
  stock: { reason: 'Counted again.' },
  'webhook-subscription': { warning: 'success-rate', failed: 18, reason: 'failing' },
};

const PRIMITIVES: Readonly<Record<string, unknown>> = {
  boolean: true,
  int: 1,
  long: 1,
  float: 1.5,
  double: 1.5,
  string: 'text',
};

/** An example of a native delivery of an event. It has every field that is ever shown, and the same values each time. */
export function exampleDelivery({ eventType, schema }: EventContract): Record<string, unknown> {
  return {
    eventId: '0197b2f0-1c00-7000-8000-000000000000',
    eventType,
    occurredAt: TIME,
    version: 1,
    data: new Example(VALUES_OF_EVENTS[eventType.slice(0, eventType.indexOf('.'))] ?? {}).data(schema),
  };
}

class Example {
  readonly #records = new Map<string, RecordSchema>();

  constructor(private readonly own: Readonly<Record<string, unknown>>) {}

  data(schema: RecordSchema): Record<string, unknown> {
    return this.#fields(schema.fields.filter(({ name }) => name !== METADATA_FIELD));
  }

  #fields(fields: readonly FieldSchema[]): Record<string, unknown> {
    const shown = fields.filter((field) => !isHidden(field));
    return Object.fromEntries(
      shown.map(({ name, dataName = name, type }) => [dataName, this.#field(dataName, type)]),
    );
  }

  #field(name: string, type: AvroSchema): unknown {
    const value = this.own[name] ?? VALUES[name];
    // A name may also be that of a record, whose fields have values of their own.
    return value === undefined || this.#holdsRecord(type) ? this.#any(type) : value;
  }

  #holdsRecord(type: AvroSchema): boolean {
    if (isUnion(type)) return type.some((branch) => this.#holdsRecord(branch));
    if (typeof type === 'string') return this.#records.has(type);
    return isRecord(type) || (isArray(type) && this.#holdsRecord(type.items));
  }

  #any(type: AvroSchema): unknown {
    if (typeof type === 'string') return this.#named(type);
    if (isUnion(type)) return this.#any(type.find((branch) => branch !== 'null') ?? 'null');
    if (isArray(type)) return [this.#any(type.items)];
    if (isMap(type)) return { name: this.#any(type.values) };
    if (isEnum(type)) return type.symbols[0];
    if (isRecord(type)) {
      this.#records.set(type.name, type);
      return this.#fields(type.fields);
    }
    if (type.logicalType === 'uuid') return SUBJECT;
    return type.logicalType === 'timestamp-millis' ? TIME : this.#named(type.type);
  }

  #named(name: string): unknown {
    const record = this.#records.get(name);
    return record ? this.#fields(record.fields) : PRIMITIVES[name];
  }
}
