import { answered, cancel, event, type GivenInput, specifyProcess } from '#libs/processes/testing';
import type { LineAnswer } from '../tasks.js';
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
type Line = Omit<LineAnswer, 'sku'>;
/** The answer for both lines of the order. */
const stockAnswered = (key: 'reserve' | 'release' | 'ship', bread: Line, milk: Line) =>
  answered(key, {
    result: [bread, milk].some(({ result }) => result === 'rejected') ? 'rejected' : 'done',
    lines: [
      { sku: 'bread', ...bread },
      { sku: 'milk', ...milk },
    ],
  });
const held = stockAnswered('reserve', { result: 'reserved', version: 5 }, { result: 'reserved', version: 8 });
const milkless = stockAnswered(
  'reserve',
  { result: 'reserved', version: 5 },
  { result: 'rejected', version: 8 },
);
const nothingHeld = stockAnswered(
  'reserve',
  { result: 'rejected', version: 5 },
  { result: 'rejected', version: 8 },
);
const released = stockAnswered('release', { version: 6 }, { version: 9 });
const takenOut = stockAnswered('ship', { version: 6 }, { version: 9 });
const reserved = [created, held];
const passed = answered('screen', { result: 'passed' });
const screened = [...reserved, passed];
const authorized = answered('authorize', { result: 'authorized', reason: null });
const captured = answered('capture', { result: 'captured', reason: null });
const paid = [...screened, authorized, captured];
const confirmed = [...paid, answered('confirm', { status: 'confirmed' })];
const told = [...confirmed, answered('mail:confirmed', { result: 'sent' })];
const shippedEvent = event({ type: 'order-shipped', trackingNumber: '1Z', carrier: 'UPS' });
const shipped = [...told, shippedEvent, takenOut, answered('mail:shipped', { result: 'sent' })];
const delivered = [...shipped, event({ type: 'order-delivered', deliveredAt: CREATED_AT + 5_000 })];

const toReview = answered('authorize', { result: 'in-review', reason: 'odd' });
const inReview = [...screened, toReview];
const flagged = [...reserved, answered('screen', { result: 'flagged', reason: 'The country.' })];
const approved = event({ type: 'payment-approved' });
/** Flagged by a rule, approved, and then held by the gateway as well. */
const reviewedAgain = [...flagged, answered('flag'), approved, toReview];
const voided = answered('close', { result: 'voided', reason: null });
const cancelledOrder = answered('cancel', { status: 'cancelled' });
const orderConfirmed = answered('confirm', { status: 'confirmed' });
/** An operator cancels the process of a paid order, whose confirmation is on its way. */
const regretted = [...paid, cancel('regret')];
const orderCancelled = event({ type: 'order-cancelled', cause: 'requested', reason: null });
const toldOfCancellation = answered('mail:cancelled', { result: 'sent' });
const sayingNothingNew = event({ type: 'stock-reserved', sku: 'bread', version: 5 });

/** Begins a sentence of the story, with what came in before. */
const at = (...given: readonly GivenInput[]) => specifyProcess(ORDER_FULFILMENT)(...given);

/** Inputs to the process of an order of bread and milk, and the histories that they add up to. */
export const ORDER_STORY = {
  ORDER,
  CREATED_AT,
  orderCreated,
  created,
  stockAnswered,
  held,
  milkless,
  nothingHeld,
  takenOut,
  reserved,
  passed,
  screened,
  authorized,
  captured,
  paid,
  confirmed,
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
  orderConfirmed,
  regretted,
  orderCancelled,
  toldOfCancellation,
  sayingNothingNew,
  at,
};
