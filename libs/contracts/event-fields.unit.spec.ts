import { TENANT_EVENT_TYPES } from './event-catalogue.js';
import { hasField } from './event-fields.js';

describe('the fields of events', () => {
  it.each([
    ['order.created', 'data.customer.id'],
    ['order.created', 'data.customer.email'],
    ['order.created', 'data.customerId'],
    ['order.created', 'data.payment.country'],
    ['order.created', 'data.items.0.sku'],
    ['order.created', 'data.shippingAddress.any name'],
    // In the log it is called orderMetadata.
    ['order.created', 'data.metadata.channel'],
    ['order.created', 'data.customer'],
    ['order.cancelled', 'data.cause'],
    ['webhook-subscription.created', 'data.retry.maxAttempts'],
    ['stock.received', 'metadata.actor'],
    ['stock.received', 'metadata.traceparent'],
  ])('%s has %s', (type, path) => expect(hasField(type, path.split('.'))).toBe(true));

  it.each([
    ['order.confirmed', 'data.customer.id'],
    ['order.created', 'data.customer.id.length'],
    ['order.created', 'data.customer.phone'],
    ['order.created', 'data.orderMetadata'],
    ['order.created', 'data.items.first.sku'],
    ['order.created', 'data.actor'],
    ['order.created', 'data.metadata.channel.name'],
    ['order.created', 'data.constructor'],
    ['order.created', 'metadata.orderId'],
    ['order.created', 'metadata.actor.name'],
    ['order.created', 'data.payment.token'],
    ['webhook-subscription.created', 'data.secrets.0.sealed'],
    ['order.vanished', 'data.orderId'],
  ])('%s has no %s', (type, path) => expect(hasField(type, path.split('.'))).toBe(false));

  it('say in every event of an order whose it is, and what it is worth', () => {
    const types = TENANT_EVENT_TYPES.filter((type) => type.startsWith('order.'));
    for (const name of ['orderId', 'customerId', 'currency', 'total'])
      expect(types.filter((type) => !hasField(type, ['data', name]))).toEqual([]);
  });
});
