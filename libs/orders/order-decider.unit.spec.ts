import { specify } from '#libs/kernel/testing';
import type { OrderStatus } from './order.js';
import type { ChangeOrderStatus, CreateOrder } from './order-commands.js';
import { orderDecider } from './order-decider.js';
import type { OrderEvent } from './order-events.js';

const orderId = '0197a2f0-0000-7000-8000-000000000001';

const createOrder: CreateOrder = {
  type: 'create-order',
  orderId,
  customer: { id: 'c-1', email: null, name: 'Ada' },
  currency: 'EUR',
  items: [
    { sku: 'tea', quantity: 3, unitPrice: 250 },
    { sku: 'cup', quantity: 1, unitPrice: 0 },
  ],
  shippingAddress: { line1: '1 Quay', country: 'IE' },
  metadata: { channel: 'web' },
};

const { type: _, ...details } = createOrder;
const created: OrderEvent = { type: 'order.created', data: { ...details, total: 750 } };
const confirmed: OrderEvent = { type: 'order.confirmed', data: { orderId, reason: null } };
const shipped: OrderEvent = {
  type: 'order.shipped',
  data: { orderId, reason: null, trackingNumber: 'T1', carrier: 'UPS' },
};
const delivered: OrderEvent = { type: 'order.delivered', data: { orderId, reason: null } };
const completed: OrderEvent = { type: 'order.completed', data: { orderId, reason: null } };
const cancelled: OrderEvent = { type: 'order.cancelled', data: { orderId, reason: 'changed my mind' } };

const become = (status: OrderStatus, more: Partial<ChangeOrderStatus> = {}): ChangeOrderStatus => ({
  type: 'change-order-status',
  orderId,
  status,
  reason: null,
  trackingNumber: null,
  carrier: null,
  ...more,
});

const given = specify(orderDecider);

describe('an order', () => {
  it('is created with its total', () => {
    given().when(createOrder).then(created);
  });

  it('is created once', () => {
    given(created).when(createOrder).thenRefused('order-already-exists');
  });

  it('rejects a total that a number cannot represent exactly', () => {
    const items = [{ sku: 'gold', quantity: 2, unitPrice: Number.MAX_SAFE_INTEGER }];
    given()
      .when({ ...createOrder, items })
      .thenRefused('order-total-too-large');
  });

  it('goes through its whole life cycle', () => {
    given(created).when(become('confirmed')).then(confirmed);
    given(created, confirmed)
      .when(become('shipped', { trackingNumber: 'T1', carrier: 'UPS' }))
      .then(shipped);
    given(created, confirmed, shipped).when(become('delivered')).then(delivered);
    given(created, confirmed, shipped, delivered).when(become('completed')).then(completed);
  });

  it.each([[[created]], [[created, confirmed]]])('can be cancelled before it is shipped (%#)', (facts) => {
    given(...facts)
      .when(become('cancelled', { reason: 'changed my mind' }))
      .then(cancelled);
  });

  it('must exist to change its status', () => {
    given().when(become('confirmed')).thenRefused('order-not-found');
  });

  const lives: readonly { facts: readonly OrderEvent[]; next: readonly OrderStatus[] }[] = [
    { facts: [created], next: ['confirmed', 'cancelled'] },
    { facts: [created, confirmed], next: ['shipped', 'cancelled'] },
    { facts: [created, confirmed, shipped], next: ['delivered'] },
    { facts: [created, confirmed, shipped, delivered], next: ['completed'] },
    { facts: [created, confirmed, shipped, delivered, completed], next: [] },
    { facts: [created, cancelled], next: [] },
  ];
  const statuses: readonly OrderStatus[] = [
    'created',
    'confirmed',
    'shipped',
    'delivered',
    'completed',
    'cancelled',
  ];
  const forbidden = lives.flatMap(({ facts, next }) =>
    statuses
      .filter((status) => !next.includes(status))
      .map((status) => ({ facts, status, last: facts.at(-1)!.type })),
  );
  it.each(forbidden)('after $last cannot become $status', ({ facts, status }) => {
    given(...facts)
      .when(become(status))
      .thenRefused('order-status-step-forbidden');
  });
});
