import type { Interruption } from '../../fault-schedule.js';
import { groupedBy, type Violation, violation } from '../../violation.js';
import type { ShopEvent, ShopEvidence, TakenMail } from '../evidence.js';
import { eventsOf, type ShopOrder, streamsOf } from './shop-orders.js';

/** Longest time from the look whether a mail is recorded to the mail itself. */
const ON_ITS_WAY_MS = 10_000;
/** Faults by which processes move from one process manager to another. */
const MOVES = /process-manager|all-tables/;
/** Each refund has its own. */
const REPEATABLE = 'payment-refunded';

/** Customers are told of what has happened, once, and of nothing else; a repeat at the mail server bears the same id. */
export function mailViolations(orders: readonly ShopOrder[], evidence: ShopEvidence): Violation[] {
  return [
    ...orders.flatMap(ofOrder),
    ...reminders(evidence),
    ...[...streamsOf(evidence, 'notifications')].flatMap(([id, events]) =>
      events.length > 1 ? [violation('told-twice', `notification ${id} has ${events.length} events`)] : [],
    ),
    ...atMailServer(evidence),
  ];
}

function ofOrder({ orderId, status, customerEmail, life, mails }: ShopOrder): Violation[] {
  const violations: Violation[] = [];
  const timeOf = (type: string): number | undefined => life.find((event) => event.type === type)?.occurredAt;
  const expected: readonly (readonly [template: string, type: string])[] = [
    ['order-confirmed', 'order.confirmed'],
    ['order-shipped', 'order.shipped'],
    ['order-cancelled', 'order.cancelled'],
  ];
  for (const [template, type] of expected) {
    const sent = mails.filter(({ data }) => data.template === template);
    const happenedAt = timeOf(type);
    const says = `order ${orderId} is ${status}, ${template}`;
    if (happenedAt === undefined) {
      if (sent.length > 0) violations.push(violation('announced-in-vain', `${says}: told, but it never was`));
    } else if (sent.some(({ occurredAt }) => occurredAt < happenedAt))
      violations.push(violation('announced-in-vain', `${says}: told before it was`));
    else if (sent.length === 0 && customerEmail !== null) violations.push(violation('not-told', says));
  }
  for (const [template, same] of groupedBy(mails, ({ data }) => data.template))
    if (template !== REPEATABLE && same.length > 1)
      violations.push(violation('told-twice', `order ${orderId}, ${template}: ${same.length} times`));
  return violations;
}

/** Once for each cart, however often it is abandoned. */
function reminders(evidence: ShopEvidence): Violation[] {
  const ofCarts = eventsOf(evidence, 'notifications').filter(({ data }) => data.cartId);
  const byCart = groupedBy(ofCarts, ({ tenant, data }) => `${tenant}/${data.cartId}`);
  const carts = streamsOf(evidence, 'carts');
  return [
    ...[...byCart]
      .filter(([, mails]) => mails.length > 1)
      .map(([cart, { length }]) => violation('told-twice', `cart ${cart}: ${length} reminders`)),
    ...[...byCart.keys()]
      .filter((cart) => !carts.get(cart)?.some(({ type }) => type === 'cart.abandoned'))
      .map((cart) => violation('announced-in-vain', `cart ${cart}: a reminder, but it was not abandoned`)),
    ...[...carts]
      .filter(([cart, events]) => events.at(-1)?.type === 'cart.abandoned' && !byCart.has(cart))
      .filter(([, events]) => events[0]?.data.customer?.email)
      .map(([cart]) => violation('not-told', `cart ${cart} is abandoned, without a reminder`)),
  ];
}

function atMailServer(evidence: ShopEvidence): Violation[] {
  const taken = groupedBy(evidence.mails, ({ messageId }) => messageId);
  const sent = eventsOf(evidence, 'notifications').filter(({ type }) => type === 'email.sent');
  const records = new Map(sent.map((event) => [event.data.messageId ?? '', event]));
  return [
    ...[...records.keys()]
      .filter((messageId) => !taken.has(messageId))
      .map((messageId) => violation('not-told', `${messageId} is recorded as sent, but never was`)),
    ...[...taken].flatMap(([messageId, copies]) =>
      ofMail(messageId, copies, records.get(messageId), evidence),
    ),
  ];
}

/** Between the mail server's answer and the record lies the only time in which a repeat is right. */
function ofMail(
  messageId: string,
  copies: readonly TakenMail[],
  record: ShopEvent | undefined,
  { interruptions }: ShopEvidence,
): Violation[] {
  if (!record) return [violation('not-recorded', `${messageId} was sent, but is not recorded`)];
  const late = copies.filter(({ at }) => at > record.occurredAt && !isOnItsWay(at, record, interruptions));
  const answered = copies.filter((copy) => copy.answered);
  const repeats = answered.length - 1;
  return [
    ...late.map(() => violation('mailed-again', `${messageId} was sent again after it was recorded`)),
    ...(repeats > interruptions.length
      ? [violation('mailed-again', `${messageId} was taken ${answered.length} times`)]
      : []),
  ];
}

/**
 * While processes move to another process manager, the former one may have a mail on its way that the other cannot know of.
 * One that was frozen sends it when it goes on.
 */
const isOnItsWay = (at: number, record: ShopEvent, interruptions: readonly Interruption[]): boolean =>
  interruptions.some(
    (each) =>
      MOVES.test(each.kind) &&
      each.at < record.occurredAt &&
      record.occurredAt < each.until + ON_ITS_WAY_MS &&
      at < Math.max(each.until, record.occurredAt) + ON_ITS_WAY_MS,
  );

/** How often a mail was taken again, by Message-ID. */
export const repeatedMails = ({ mails }: Pick<ShopEvidence, 'mails'>): number =>
  mails.length - new Set(mails.map(({ messageId }) => messageId)).size;
