import { v5 } from 'uuid';
import type { OutgoingCommand, Plan, Timer } from '#libs/processes/core';
import type { MailTask, OrderTask, MoneyTask, ScreeningTask, StockTask } from '../tasks.js';
import type { Failure, FulfilmentFacts, Line, OwedMail } from './fulfilment-facts.js';
import { COMPLETION_TIMER, isShipped, PAYMENT_TIMER } from './fulfilment-learning.js';

type Facts = FulfilmentFacts;
type IsOpen = (key: string) => boolean;

/**
 * What is due: the first of these steps that is not done yet, or, after a failure, what undoes them in reverse.
 *
 *   reserve ─► screen ─► authorize ─► capture ─► confirm ─► (shipped) take out the stock ─► (delivered) complete
 *   release ◄─────── void or refund ◄──────┘
 */
export function planOf(facts: Facts, isOpen: IsOpen): Plan {
  const { failure } = facts;
  const next = failure && !isShipped(facts) ? undo(facts, failure, isOpen) : goOn(facts, isOpen);
  return { ...next, commands: [...next.commands, ...strays(facts), ...mails(facts)] };
}

function goOn(facts: Facts, isOpen: IsOpen): Plan {
  const { commands, withdrawn } = paymentSteps(facts, isOpen);
  const timers = timersOf(facts);
  return {
    commands: [...stockSteps(facts), ...commands, ...orderSteps(facts)],
    withdrawn,
    timers,
    ...(facts.order === 'completed' && timers.length === 0 && { end: 'completed' }),
  };
}

function stockSteps(facts: Facts): OutgoingCommand[] {
  const { orderId, lines, policy } = facts;
  const wanted = lines.filter(({ status }) => status === 'wanted');
  if (wanted.length > 0) {
    const quantities = wanted.map(({ sku, quantity }) => ({ sku, quantity }));
    const { whenUntracked } = policy;
    return [stock('reserve', { type: 'reserve-stock', orderId, lines: quantities, whenUntracked })];
  }
  return isShipped(facts) ? takeHeld(facts, 'ship') : [];
}

/** Ships or releases whatever is reserved. */
function takeHeld({ orderId, lines }: Facts, key: 'ship' | 'release'): OutgoingCommand[] {
  const skus = lines.filter(({ status }) => status === 'reserved').map(({ sku }) => sku);
  return skus.length > 0 ? [stock(key, { type: `${key}-stock`, orderId, skus })] : [];
}

const isHeld = ({ status }: Line): boolean => status !== 'wanted' && status !== 'rejected';

const isPaid = ({ payment, total }: Facts): boolean => payment === 'captured' || total === 0;

type MoneySteps = Required<Pick<Plan, 'commands' | 'withdrawn'>>;

/** An order that somebody has shipped before it was paid keeps the money that is being taken, and asks for no more. */
function paymentSteps(facts: Facts, isOpen: IsOpen): MoneySteps {
  const waiting: MoneySteps = { commands: [], withdrawn: [] };
  if (['flag', 'close', 'forgo'].some(isOpen)) return waiting;
  if (!facts.failure) return { commands: nextPaymentStep(facts), withdrawn: [] };
  if (isPaid(facts) || isOpen('capture')) return waiting;
  return closing(facts, isOpen) ?? { commands: forgoing(facts), withdrawn: [] };
}

function nextPaymentStep(facts: Facts): OutgoingCommand[] {
  const { orderId, payment, screening } = facts;
  if (isPaid(facts) || !facts.lines.every(isHeld)) return [];
  if (facts.policy.screens && screening === 'none')
    return [screen('screen', { type: 'screen-order', orderId })];
  if (screening === 'flagged' && !facts.isReviewed)
    return [pay('flag', { type: 'flag', orderId, reason: facts.flagReason ?? '' })];
  if (payment === 'none' || payment === 'approved')
    return [pay(authorizeKey(facts), { type: 'authorize', orderId })];
  if (payment === 'authorized') return [pay('capture', { type: 'capture', orderId })];
  return [];
}

function orderSteps(facts: Facts): OutgoingCommand[] {
  const { orderId, order, policy } = facts;
  const mayComplete = facts.mayComplete || policy.completeAfterMs === 0;
  if (order === 'created' && facts.lines.every(isHeld) && isPaid(facts))
    return [inOrder('confirm', { type: 'confirm-order', orderId })];
  if (order === 'delivered' && mayComplete) return [inOrder('complete', { type: 'complete-order', orderId })];
  return [];
}

function timersOf(facts: Facts): Timer[] {
  const { createdAt, deliveredAt, order, mayComplete, isReviewed, policy } = facts;
  const timers: Timer[] = [];
  // Also of an order that somebody has moved on by hand: the gateway may never answer.
  if (!facts.failure && !isPaid(facts) && facts.payment !== 'closed') {
    const timeout = isReviewed ? policy.reviewTimeoutMs : policy.paymentTimeoutMs;
    timers.push({ name: PAYMENT_TIMER, dueAt: createdAt + timeout });
  }
  if (order === 'delivered' && !mayComplete && deliveredAt !== null && policy.completeAfterMs > 0)
    timers.push({ name: COMPLETION_TIMER, dueAt: deliveredAt + policy.completeAfterMs });
  return timers;
}

/** What a person has approved is authorized again, perhaps to be reviewed at the gateway as well, so one key is not enough. */
const authorizeKey = ({ authorizations }: Facts): string =>
  authorizations === 0 ? 'authorize' : `authorize:${authorizations}`;

const HOLDS_MONEY: readonly Facts['payment'][] = ['in-review', 'approved', 'authorized', 'captured'];

/** Takes back what the gateway may have done; `undefined` if it was never asked, or has given everything back. */
function closing(facts: Facts, isOpen: IsOpen): MoneySteps | undefined {
  const { orderId, payment } = facts;
  const withdrawn = [authorizeKey(facts), 'capture'].filter(isOpen);
  if (withdrawn.length === 0 && !HOLDS_MONEY.includes(payment)) return undefined;
  return { commands: [pay('close', { type: 'close', orderId })], withdrawn };
}

/** Closes a payment that has not begun, which would be pending for ever. */
const forgoing = ({ orderId, payment, total }: Facts): OutgoingCommand[] =>
  payment === 'none' && total > 0 ? [pay('forgo', { type: 'forgo', orderId })] : [];

/** Each step waits until the one before is answered, and none is undone while its own answer is missing. */
function undo(facts: Facts, { cause, reason }: Failure, isOpen: IsOpen): Plan {
  const { orderId, order } = facts;
  const waiting: Plan = { commands: [], timers: [] };
  const cancel = inOrder('cancel', { type: 'cancel-order', orderId, cause, reason });
  // A confirmed order could be shipped while its money goes back.
  if (order === 'created' && isOpen('confirm')) return waiting;
  if (order === 'confirmed') return { commands: [cancel], timers: [] };
  if (isOpen('flag') || isOpen('close')) return waiting;
  const close = closing(facts, isOpen);
  if (close) return { ...close, timers: [] };
  const forgo = forgoing(facts);
  if (isOpen('reserve')) return { commands: forgo, timers: [] };
  const releases = takeHeld(facts, 'release');
  if (releases.length > 0) return { commands: [...releases, ...forgo], timers: [] };
  if (order !== 'cancelled') return { commands: [cancel, ...forgo], timers: [] };
  return { commands: forgo, timers: [], end: 'compensated' };
}

const strays = ({ orderId, lines }: Facts): OutgoingCommand[] =>
  lines.flatMap(({ sku, stray }, index) =>
    stray === null ? [] : [stock(`stray:${index}:${stray}`, { type: 'release-stock', orderId, skus: [sku] })],
  );

/** One after the other, so that none tells the customer what another has overtaken. */
function mails({ orderId, mails: owed }: Facts): OutgoingCommand[] {
  const next = owed.find(({ isDone }) => !isDone);
  return next ? [{ key: next.key, target: 'mail', payload: mailTask(orderId, next) }] : [];
}

const MAIL_NAMESPACE = '6a4d3a39-5a3c-4a3e-8f5f-0d5a2c1b7e44';

const mailTask = (orderId: string, { key, template, facts }: OwedMail): MailTask => ({
  type: 'send-mail',
  notificationId: v5(`${orderId}/${key}`, MAIL_NAMESPACE),
  template,
  orderId,
  cartId: null,
  facts,
});

const stock = (key: string, payload: StockTask): OutgoingCommand => ({ key, target: 'stock', payload });
const screen = (key: string, payload: ScreeningTask): OutgoingCommand => ({
  key,
  target: 'screening',
  payload,
});
const pay = (key: string, payload: MoneyTask): OutgoingCommand => ({ key, target: 'payments', payload });
const inOrder = (key: string, payload: OrderTask): OutgoingCommand => ({ key, target: 'orders', payload });
