import { unreachable } from '#libs/kernel';
import type { TargetAnswer, Input } from '#libs/processes/core';
import type { LineAnswer, StockAnswer } from '../tasks.js';
import type { FulfilmentEvent } from './fulfilment-events.js';
import type {
  Failure,
  FulfilmentFacts,
  Line,
  LineStatus,
  OrderProgress,
  OwedMail,
  PaymentProgress,
} from './fulfilment-facts.js';

type Facts = FulfilmentFacts;

export const COMPLETION_TIMER = 'completion';
export const PAYMENT_TIMER = 'payment-timeout';

export function firstFacts(event: FulfilmentEvent): Facts | undefined {
  if (event.type !== 'order-created') return undefined;
  const { type: _, lines, ...order } = event;
  return {
    ...order,
    lines: lines.map((line) => ({ ...line, status: 'wanted', version: 0, stray: null })),
    screening: 'none',
    flagReason: null,
    payment: 'none',
    order: 'created',
    deliveredAt: null,
    mayComplete: false,
    isReviewed: false,
    reviews: 0,
    approvals: 0,
    authorizations: 0,
    failure: null,
    mails: [],
  };
}

/** What the process knows after an input; the same object if that is nothing new. */
export function learn(facts: Facts, input: Input<FulfilmentEvent>): Facts {
  switch (input.type) {
    case 'event':
      return fromEvent(facts, input.event);
    case 'answer':
      return fromAnswer(facts, input.key, input.answer);
    case 'timer':
      return input.name === COMPLETION_TIMER
        ? { ...facts, mayComplete: true }
        : withFailure(facts, { cause: 'payment-timed-out', reason: null });
    case 'cancel':
      return isShipped(facts) ? facts : withFailure(facts, { cause: 'requested', reason: input.reason });
    default:
      return unreachable(input);
  }
}

function fromEvent(facts: Facts, event: FulfilmentEvent): Facts {
  switch (event.type) {
    case 'order-created':
      return facts;
    case 'order-confirmed':
      return withOrder(facts, 'confirmed');
    case 'order-shipped': {
      const { trackingNumber, carrier } = event;
      const shipped = withOrder(facts, 'shipped');
      return withMail(shipped, 'mail:shipped', 'order-shipped', { trackingNumber, carrier });
    }
    case 'order-delivered':
      return { ...withOrder(facts, 'delivered'), deliveredAt: event.deliveredAt };
    case 'order-completed':
      return withOrder(facts, 'completed');
    case 'order-cancelled':
      return withCancelledOrder(facts, { cause: event.cause, reason: event.reason });
    case 'payment-approved':
      return withReview({ ...facts, approvals: facts.approvals + 1 });
    case 'payment-rejected':
      return withFailure(facts, { cause: 'payment-rejected', reason: event.reason });
    case 'payment-refunded':
      return withRefundMail(facts, event.amount, event.version);
    case 'stock-reserved':
      return withStray(facts, event.sku, event.version);
    default:
      return unreachable(event);
  }
}

function fromAnswer(facts: Facts, key: string, answer: TargetAnswer): Facts {
  const [task = '', place = ''] = key.split(':');
  const data = answer.outcome === 'done' ? answer.data : {};
  switch (task) {
    case 'reserve':
      return withReservations(facts, answer);
    case 'release':
      return withoutReservations(facts, 'released', answer);
    case 'ship':
      return withoutReservations(facts, 'shipped', answer);
    case 'stray':
      return {
        ...facts,
        lines: facts.lines.map((line, index) => (index === Number(place) ? { ...line, stray: null } : line)),
      };
    case 'screen':
      return data['result'] === 'flagged'
        ? { ...facts, screening: 'flagged', flagReason: String(data['reason']) }
        : { ...facts, screening: 'passed' };
    case 'flag':
      return inReview(facts);
    case 'authorize':
      return withPayment({ ...facts, authorizations: facts.authorizations + 1 }, answer);
    case 'capture':
      return withPayment(facts, answer);
    case 'close':
    case 'forgo':
      return { ...facts, payment: 'closed' };
    case 'confirm':
    case 'complete':
    case 'cancel':
      return withOrderAnswer(facts, answer);
    case 'mail':
      return {
        ...facts,
        mails: facts.mails.map((mail) => (mail.key === key ? { ...mail, isDone: true } : mail)),
      };
    default:
      throw new Error(`an order's process sends no command ${key}`);
  }
}

const ORDER_OF_STATUSES: readonly OrderProgress[] = [
  'created',
  'confirmed',
  'shipped',
  'delivered',
  'completed',
];

export const isShipped = ({ order }: Facts): boolean => ORDER_OF_STATUSES.indexOf(order) >= 2;

/** Answers may overtake events, so a status never goes back. */
function withOrder(facts: Facts, order: OrderProgress): Facts {
  if (ORDER_OF_STATUSES.indexOf(order) <= ORDER_OF_STATUSES.indexOf(facts.order)) return facts;
  if (facts.order === 'cancelled') return facts;
  const next = { ...facts, order };
  if (order === 'confirmed') return withMail(next, 'mail:confirmed', 'order-confirmed', {});
  // A shipped order is charged even if somebody had asked to cancel it.
  return facts.failure?.cause === 'requested' ? { ...next, failure: null } : next;
}

function withOrderAnswer(facts: Facts, answer: TargetAnswer): Facts {
  if (answer.outcome === 'refused') throw new Error(`the order refused: ${answer.detail}`);
  const status = answer.data['status'] as OrderProgress;
  return status === 'cancelled'
    ? withCancelledOrder(facts, { cause: 'requested', reason: null })
    : withOrder(facts, status);
}

function withCancelledOrder(facts: Facts, failure: Failure): Facts {
  if (facts.order === 'cancelled' || isShipped(facts)) return facts;
  const failed: Facts = { ...facts, order: 'cancelled', failure: facts.failure ?? failure };
  const { cause, reason } = failed.failure ?? failure;
  return withMail(failed, 'mail:cancelled', 'order-cancelled', { cause, reason });
}

/** The first failure counts. */
const withFailure = (facts: Facts, failure: Failure): Facts =>
  facts.failure ? facts : { ...facts, failure };

function withReservations(facts: Facts, answer: TargetAnswer): Facts {
  const answers = answersBySku(answer);
  const lines = facts.lines.map((line): Line => {
    if (line.status !== 'wanted') return line;
    const { result = 'rejected', version = 0 } = answers.get(line.sku) ?? {};
    return { ...line, status: result, version };
  });
  const rejected = lines.filter(({ status }) => status === 'rejected').map(({ sku }) => sku);
  if (rejected.length === 0) return { ...facts, lines };
  const reason = rejected.map((sku) => answers.get(sku)?.reason).find(Boolean) ?? outOfStock(rejected);
  return withFailure({ ...facts, lines }, { cause: 'out-of-stock', reason });
}

function withoutReservations(facts: Facts, status: 'released' | 'shipped', answer: TargetAnswer): Facts {
  const answers = answersBySku(answer);
  const lines = facts.lines.map((line): Line => {
    if (line.status !== 'reserved') return line;
    return { ...line, status, version: Math.max(line.version, answers.get(line.sku)?.version ?? 0) };
  });
  return { ...facts, lines };
}

const MOST_NAMED = 5;

function outOfStock(skus: readonly string[]): string {
  const named = skus.slice(0, MOST_NAMED);
  const others = skus.length - named.length;
  const all = others > 0 ? [...named, `${others} more`] : named;
  const last = all.pop();
  return all.length > 0 ? `${all.join(', ')} and ${last} are out of stock.` : `${last} is out of stock.`;
}

const answersBySku = (answer: TargetAnswer): ReadonlyMap<string, LineAnswer> =>
  new Map(
    answer.outcome === 'done'
      ? (answer.data as unknown as StockAnswer).lines.map((line) => [line.sku, line])
      : [],
  );

/** An untracked line keeps nothing either, although its article may be counted by the time the command comes again. */
const KEEPS_NOTHING: readonly LineStatus[] = ['untracked', 'rejected', 'released', 'shipped'];

/** A command to reserve that arrived again, long after the stock had forgotten it: what it took has to go back. */
function withStray(facts: Facts, sku: string, version: number): Facts {
  const isStray = (line: Line) =>
    line.sku === sku && KEEPS_NOTHING.includes(line.status) && version > line.version;
  if (!facts.lines.some(isStray)) return facts;
  return {
    ...facts,
    lines: facts.lines.map((line) => (isStray(line) ? { ...line, version, stray: version } : line)),
  };
}

function withPayment(facts: Facts, answer: TargetAnswer): Facts {
  if (answer.outcome === 'refused') return withFailedPayment(facts, answer.detail);
  const { result, reason } = answer.data;
  if (result === 'declined') return withFailedPayment(facts, reason as string | null);
  return result === 'in-review' ? inReview(facts) : { ...facts, payment: result as PaymentProgress };
}

const inReview = (facts: Facts): Facts =>
  withReview({ ...facts, payment: 'in-review', isReviewed: true, reviews: facts.reviews + 1 });

/** A fast reviewer's approval arrives before the answer that the payment is in review. */
const withReview = (facts: Facts): Facts =>
  facts.payment === 'in-review' && facts.approvals >= facts.reviews
    ? { ...facts, payment: 'approved' }
    : facts;

function withFailedPayment(facts: Facts, reason: string | null): Facts {
  const failed = withFailure({ ...facts, payment: 'failed' }, { cause: 'payment-failed', reason });
  return withMail(failed, 'mail:payment-failed', 'payment-failed', {});
}

const withRefundMail = (facts: Facts, amount: number, version: number): Facts =>
  withMail(facts, `mail:refund-${version}`, 'payment-refunded', { amount });

/** A mail is owed once. */
function withMail(facts: Facts, key: string, template: OwedMail['template'], more: OwedMail['facts']): Facts {
  if (facts.mails.some((mail) => mail.key === key)) return facts;
  return { ...facts, mails: [...facts.mails, { key, template, facts: more, isDone: false }] };
}
