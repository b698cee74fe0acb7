import type { Stream } from '#libs/kernel';
import { specify } from '#libs/kernel/testing';
import type { OrderState, OrderStatus } from './order.js';
import type { ChangeOrderStatus, CreateOrder } from './order-commands.js';
import { orderDecider } from './order-decider.js';
import { orderDocument } from './order-document.js';
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
  payment: { token: 'tok_ok', country: 'IE' },
  fulfilment: true,
};

const { type: _, ...details } = createOrder;
const worth = { customerId: 'c-1', currency: 'EUR', total: 750 };
const created: OrderEvent = { type: 'order.created', data: { ...details, ...worth } };
const confirmed: OrderEvent = { type: 'order.confirmed', data: { orderId, reason: null, ...worth } };
const shipped: OrderEvent = {
  type: 'order.shipped',
  data: { orderId, reason: null, ...worth, trackingNumber: 'T1', carrier: 'UPS' },
};
const delivered: OrderEvent = { type: 'order.delivered', data: { orderId, reason: null, ...worth } };
const completed: OrderEvent = { type: 'order.completed', data: { orderId, reason: null, ...worth } };
const cancelled: OrderEvent = {
  type: 'order.cancelled',
  data: { orderId, reason: 'changed my mind', ...worth, cause: 'requested' },
};

const become = (status: OrderStatus, more: Partial<ChangeOrderStatus> = {}): ChangeOrderStatus => ({
  type: 'change-order-status',
  orderId,
  status,
  reason: null,
  trackingNumber: null,
  carrier: null,
  ...more,
});

const confirm = { type: 'confirm-order', orderId } as const;
const complete = { type: 'complete-order', orderId } as const;
const cancel = { type: 'cancel-order', orderId, cause: 'out-of-stock', reason: 'no tea left' } as const;
const outOfStock: OrderEvent = {
  type: 'order.cancelled',
  data: { orderId, reason: 'no tea left', ...worth, cause: 'out-of-stock' },
};

const given = specify(orderDecider);
const stateAfter = (...events: readonly OrderEvent[]): OrderState =>
  events.reduce(orderDecider.evolve, orderDecider.initialState);

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
    const free = [1, Number.MAX_SAFE_INTEGER].map((quantity) => ({ sku: 'air', quantity, unitPrice: 0 }));
    given()
      .when({ ...createOrder, items: free })
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

  it.each([become('confirmed'), confirm, complete, cancel])('must exist for $type', (command) => {
    given().when(command).thenRefused('order-not-found');
  });

  it('is confirmed, completed and cancelled by its process', () => {
    given(created).when(confirm).then(confirmed);
    given(created, confirmed, shipped, delivered).when(complete).then(completed);
    given(created).when(cancel).then(outOfStock);
    given(created, confirmed).when(cancel).then(outOfStock);
  });

  it.each([
    { command: confirm, facts: [created, confirmed] },
    { command: confirm, facts: [created, cancelled] },
    { command: complete, facts: [created, confirmed, shipped] },
    { command: complete, facts: [created, confirmed, shipped, delivered, completed] },
    { command: cancel, facts: [created, confirmed, shipped] },
    { command: cancel, facts: [created, outOfStock] },
  ])('refuses $command.type where it does not fit, or has been done (%#)', ({ command, facts }) => {
    given(...facts)
      .when(command)
      .thenRefused('order-status-step-forbidden');
  });

  it('knows why it was cancelled: on request, if an old event does not say', () => {
    expect(stateAfter(created)).toMatchObject({ cancellation: null });
    expect(stateAfter(created, outOfStock)).toMatchObject({
      cancellation: { cause: 'out-of-stock', reason: 'no tea left' },
    });
    const old = { orderId, reason: null, customerId: null, currency: null, total: null, cause: null };
    expect(stateAfter(created, { type: 'order.cancelled', data: old })).toMatchObject({
      cancellation: { cause: 'requested', reason: null },
    });
  });

  it('is shown without its payment and what is for its process only', () => {
    const stream = { state: stateAfter(created), version: 1, createdAt: 'then', updatedAt: 'now' };
    const document = orderDocument(stream as Stream<OrderState>);
    expect(document).toMatchObject({ orderId, status: 'created', total: 750, customer: { id: 'c-1' } });
    expect(Object.keys(document).filter((name) => /payment|fulfilment|customerId/.test(name))).toEqual([]);
    expect(JSON.stringify(document)).not.toContain('tok_ok');
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
