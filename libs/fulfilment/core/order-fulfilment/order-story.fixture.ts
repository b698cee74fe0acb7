import { answered, cancel, event, type GivenInput, specifyProcess } from '#libs/processes/testing';
import type { FulfilmentPolicy } from '../process-policy.js';
import { ORDER_FULFILMENT } from './order-fulfilment.js';

const ORDER = '0197a2f0-0000-7000-8000-000000000001';
const CREATED_AT = 1_000_000;
const POLICY: FulfilmentPolicy = {
  whenUntracked: 'reject',
  screens: true,
  paymentTimeoutMs: 900,
  reviewTimeoutMs: 86_400,
  completeAfterMs: 7_000,
};

const orderCreated = (policy: Partial<FulfilmentPolicy> = {}, more: object = {}) =>
  event({
    type: 'order-created',
    orderId: ORDER,
    customerId: 'c-1',
    currency: 'EUR',
    total: 2_500,
    lines: [
      { sku: 'bread', quantity: 2 },
      { sku: 'milk', quantity: 1 },
    ],
    createdAt: CREATED_AT,
    policy: { ...POLICY, ...policy },
    ...more,
  });
const created = orderCreated();
const bread = answered('reserve:0', { result: 'reserved', version: 5 });
const milk = answered('reserve:1', { result: 'reserved', version: 8 });
const reserved = [created, bread, milk];
const passed = answered('screen', { result: 'passed' });
const screened = [...reserved, passed];
const authorized = answered('authorize', { result: 'authorized', reason: null });
const captured = answered('capture', { result: 'captured', reason: null });
const paid = [...screened, authorized, captured];
const orderConfirmed = answered('confirm', { status: 'confirmed' });
const confirmed = [...paid, orderConfirmed];
/** An operator cancels the process of a paid order, whose confirmation is on its way. */
const regretted = [...paid, cancel('regret')];
const told = [...confirmed, answered('mail:confirmed', { result: 'sent' })];
const shippedEvent = event({ type: 'order-shipped', trackingNumber: '1Z', carrier: 'UPS' });
const shipped = [
  ...told,
  shippedEvent,
  answered('ship:0', { version: 6 }),
  answered('ship:1', { version: 9 }),
  answered('mail:shipped', { result: 'sent' }),
];
const delivered = [...shipped, event({ type: 'order-delivered', deliveredAt: CREATED_AT + 5_000 })];

const toReview = answered('authorize', { result: 'in-review', reason: 'odd' });
const inReview = [...screened, toReview];
const flagged = [...reserved, answered('screen', { result: 'flagged', reason: 'The country.' })];
const approved = event({ type: 'payment-approved' });
/** Flagged by a rule, approved, and then held by the gateway as well. */
const reviewedAgain = [...flagged, answered('flag'), approved, toReview];
const voided = answered('close', { result: 'voided', reason: null });
const released = [answered('release:0', { version: 6 }), answered('release:1', { version: 9 })];
const cancelledOrder = answered('cancel', { status: 'cancelled' });
const orderCancelled = event({ type: 'order-cancelled', cause: 'requested', reason: null });
const toldOfCancellation = answered('mail:cancelled', { result: 'sent' });

/** An event that says nothing new. */
const passedAgain = () => event({ type: 'stock-reserved', sku: 'bread', version: 5 });

const when = specifyProcess(ORDER_FULFILMENT);
const at = (...given: readonly GivenInput[]) => when(...given);

/** What comes into the process of an order, one step after the other, and the specification that takes it. */
export const STORY = {
  ORDER,
  CREATED_AT,
  orderCreated,
  created,
  bread,
  milk,
  reserved,
  passed,
  screened,
  authorized,
  captured,
  paid,
  orderConfirmed,
  confirmed,
  regretted,
  told,
  shippedEvent,
  shipped,
  delivered,
  toReview,
  inReview,
  flagged,
  approved,
  reviewedAgain,
  voided,
  released,
  cancelledOrder,
  orderCancelled,
  toldOfCancellation,
  passedAgain,
  at,
};
