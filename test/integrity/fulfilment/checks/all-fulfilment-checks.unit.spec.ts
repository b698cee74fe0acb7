import type { ViolationKind } from '../../violation.js';
import { fulfilmentViolationsIn } from './all-fulfilment-checks.js';
import { HandMadeShop } from './hand-made-shop.fixture.js';

let shop: HandMadeShop;

beforeEach(() => {
  shop = new HandMadeShop();
  shop.stock('tea', 'received', 10);
});

function reserved(orderId: string): void {
  shop.created(orderId, ['tea', 'tea']);
  shop.stock('tea', 'reserved', 2, orderId);
}

function paid(orderId: string): void {
  shop.payment(orderId, 'authorized');
  shop.gateway('authorize', orderId, 'authorized');
  shop.payment(orderId, 'captured', { amount: 500 });
  shop.gateway('capture', orderId, 'captured');
}

function confirmed(orderId: string): void {
  reserved(orderId);
  paid(orderId);
  shop.order(orderId, 'confirmed');
  shop.mail('order-confirmed', orderId);
}

/** An order that waits for the warehouse. */
function open(orderId = 'a'): void {
  confirmed(orderId);
  shop.wholeProcess(orderId, 'advanced');
}

function completed(orderId = 'b'): void {
  confirmed(orderId);
  shop.order(orderId, 'shipped');
  shop.stock('tea', 'shipped', 2, orderId);
  shop.mail('order-shipped', orderId);
  shop.payment(orderId, 'refunded', { amount: 20, refundId: 'r-1', reason: 'goodwill-1' });
  shop.gateway('refund', orderId, 'refunded', { amount: 20, idempotencyKey: 'r-1' });
  shop.order(orderId, 'delivered');
  shop.order(orderId, 'completed');
  shop.wholeProcess(orderId, 'completed');
}

/** Paid, and then cancelled by the customer. */
function regretted(orderId = 'c'): void {
  reserved(orderId);
  paid(orderId);
  shop.payment(orderId, 'refunded', { amount: 500, refundId: 'r-2' });
  shop.gateway('refund', orderId, 'refunded', { idempotencyKey: 'r-2' });
  shop.stock('tea', 'released', 2, orderId);
  shop.order(orderId, 'cancelled', { cause: 'requested' });
  shop.mail('order-cancelled', orderId);
  shop.wholeProcess(orderId, 'compensated');
}

function cancelled(orderId: string, cause: string | null = 'out-of-stock'): void {
  shop.created(orderId, ['cup']);
  shop.payment(orderId, 'voided');
  shop.order(orderId, 'cancelled', { cause });
  shop.mail('order-cancelled', orderId);
  shop.wholeProcess(orderId, 'compensated');
}

function abandonedCart(): void {
  shop.cart('k', 'created');
  shop.cart('k', 'abandoned');
  shop.mail('cart-reminder', null, 'k');
}

const kinds = (): string[] => fulfilmentViolationsIn(shop.evidence).map(({ kind }) => kind);

/** Evidence that is spoiled in one way, and the violation that must be found in it. */
const finds = (kind: ViolationKind, what: string, spoil: () => void): void =>
  it(`find ${kind}: ${what}`, () => {
    spoil();
    expect(kinds()).toContain(kind);
  });

describe('the checks of the fulfilment', () => {
  it('find nothing where all is well', () => {
    open();
    completed();
    regretted();
    cancelled('d');
    abandonedCart();
    shop.gateway('authorize', 'd', 'declined');
    shop.gateway('void', 'd', 'voided');
    // An article that nobody counts.
    shop.created('e', ['air']);
    paid('e');
    shop.order('e', 'confirmed');
    shop.mail('order-confirmed', 'e');
    shop.wholeProcess('e', 'advanced');
    shop.cart('l', 'created');
    shop.cart('l', 'checked-out', { orderId: 'e' });
    // Taken twice before it was recorded.
    shop.interruptions.push({ kind: 'kill-process-manager', at: 0, until: 1 });
    shop.taken('twice@shop', false);
    shop.taken('twice@shop');
    shop.event('notifications', 'twice', 'email.sent', {
      template: 'payment-refunded',
      messageId: 'twice@shop',
    });
    expect(fulfilmentViolationsIn(shop.evidence)).toEqual([]);
  });

  describe('of lives', () => {
    finds('lost', 'an acknowledged order is not there', () =>
      shop.placed.push({ orderId: 'x', tenant: 'shop' }),
    );
    finds('illegal-step', 'confirmed after cancelled', () => {
      cancelled('a');
      shop.order('a', 'confirmed');
    });
    finds('order-unfinished', 'nothing became of it', () => reserved('a'));
    finds('cancelled-without-cause', 'no cause', () => cancelled('a', null));
  });

  describe('of stock', () => {
    finds('oversold', 'more reserved than there is', () => {
      shop.stock('cup', 'received', 1);
      shop.created('a', ['cup']);
      shop.stock('cup', 'reserved', 2, 'a');
    });
    finds('stock-moved-twice', 'reserved twice', () => {
      open();
      shop.stock('tea', 'reserved', 2, 'a');
    });
    finds('stock-moved-twice', 'released without a reservation', () => {
      regretted();
      shop.stock('tea', 'released', 2, 'c');
    });
    finds('stock-moved-twice', 'shipped twice', () => {
      completed();
      shop.stock('tea', 'reserved', 2, 'b');
      shop.stock('tea', 'shipped', 2, 'b');
    });
    finds('stock-left-behind', 'a cancelled order has some', () => {
      regretted();
      shop.stock('tea', 'reserved', 2, 'c');
    });
    finds('stock-left-behind', 'an order that is none has some', () => shop.stock('tea', 'reserved', 2, 'x'));
    finds('stock-differs', 'a confirmed order has none', () => {
      shop.created('a', ['tea']);
      shop.order('a', 'confirmed');
    });
    finds('stock-differs', 'two lines of an article count as one', () => {
      shop.created('a', ['tea', 'tea']);
      shop.stock('tea', 'reserved', 1, 'a');
      shop.order('a', 'confirmed');
    });
    finds('stock-differs', 'a confirmed order is taken out', () => {
      open();
      shop.stock('tea', 'shipped', 2, 'a');
    });
  });

  describe('of money', () => {
    finds('captured-twice', 'by the log', () => {
      open();
      shop.payment('a', 'captured', { amount: 500 });
    });
    finds('captured-twice', 'at the gateway', () => {
      open();
      shop.gateway('capture', 'a', 'captured', { idempotencyKey: 'again' });
    });
    finds('captured-anew', 'under another key, in vain', () => {
      open();
      shop.gateway('capture', 'a', 'declined', { idempotencyKey: 'again' });
    });
    finds('money-differs', 'confirmed and unpaid', () => {
      reserved('a');
      shop.order('a', 'confirmed');
    });
    finds('money-differs', 'cancelled and paid', () => {
      reserved('a');
      paid('a');
      shop.order('a', 'cancelled', { cause: 'requested' });
    });
    finds('money-differs', 'refunded at the gateway alone', () => {
      open();
      shop.gateway('refund', 'a', 'refunded', { idempotencyKey: 'r' });
    });
    finds('money-differs', 'another currency', () => {
      open();
      shop.gateway('void', 'a', 'captured', { currency: 'USD' });
    });
    finds('money-held', 'the hold of a cancelled order', () => {
      cancelled('a');
      shop.gateway('authorize', 'a', 'authorized');
    });
    finds('payment-left-open', 'the payment of a cancelled order', () => {
      cancelled('a');
      shop.payment('a', 'authorized');
    });
    finds('refunded-twice', 'one refund, two events', () => {
      open();
      for (const refundId of ['r-1', 'r-2'])
        shop.payment('a', 'refunded', { amount: 1, refundId, reason: 'goodwill-1' });
    });
    finds('foreign-payment', "another order's payment is refunded", () => {
      open();
      shop.gateway('refund', 'a', 'refunded', { reference: 'ref-b' });
    });
    finds('foreign-payment', "another order's payment is voided", () => {
      open();
      shop.gateway('void', 'a', 'voided', { reference: 'ref-b' });
      shop.gateway('authorize', 'b', 'authorized');
    });
    finds('foreign-payment', 'of no order', () => shop.gateway('authorize', 'x', 'authorized'));
  });

  describe('of mails', () => {
    finds('announced-in-vain', 'a confirmation without one', () => {
      regretted();
      shop.mail('order-confirmed', 'c');
    });
    finds('announced-in-vain', 'a confirmation before it', () => {
      reserved('a');
      shop.mail('order-confirmed', 'a');
      shop.order('a', 'confirmed');
    });
    finds('announced-in-vain', 'a reminder of a cart that is not abandoned', () => {
      shop.cart('k', 'created');
      shop.mail('cart-reminder', null, 'k');
    });
    finds('not-told', 'of the confirmation', () => {
      reserved('a');
      shop.order('a', 'confirmed');
    });
    finds('not-told', 'recorded, but the mail server has none', () => {
      open();
      shop.mails.pop();
    });
    finds('not-told', 'of the abandoned cart', () => {
      shop.cart('k', 'created');
      shop.cart('k', 'abandoned');
    });
    finds('told-twice', 'of the confirmation, under two ids', () => {
      open();
      shop.mail('order-confirmed', 'a');
    });
    finds('told-twice', 'of the cart', () => {
      abandonedCart();
      shop.mail('cart-reminder', null, 'k');
    });
    finds('told-twice', 'one notification, two events', () => {
      open();
      const { streamId } = shop.events.find(({ topic }) => topic === 'notifications')!;
      shop.event('notifications', streamId, 'email.sent', { template: 'payment-refunded' });
    });
    finds('not-recorded', 'a mail without an event', () => shop.taken('x@shop'));
    finds('mailed-again', 'after it was recorded', () => {
      open();
      shop.taken(shop.mails[0]!.messageId);
    });
    finds('mailed-again', 'after all tables were lost', () => {
      open();
      shop.interruptions.push({ kind: 'lose-all-tables', at: shop.now, until: shop.now + 1 });
      shop.taken(shop.mails[0]!.messageId);
    });
    it('take a mail for right that was on its way while its process moved', () => {
      shop.interruptions.push({ kind: 'restart-process-manager', at: 0, until: 1 });
      open();
      shop.taken(shop.mails[0]!.messageId);
      expect(kinds()).toEqual([]);
    });
    finds('mailed-again', 'more often than there were faults', () => {
      for (let copies = 0; copies < 2; copies++) shop.taken('x@shop');
      shop.event('notifications', 'x', 'email.sent', { messageId: 'x@shop', template: 'payment-refunded' });
    });
  });

  describe('of processes', () => {
    finds('process-open', 'a command without an answer', () => {
      open();
      const commands = [{ commandId: 'sent', key: 'capture' }];
      shop.process('a', 'advanced', { type: 'handle-event', eventId: 'x', at: 3 }, { commands });
    });
    finds('process-open', 'a timer that does not fire', () => {
      open();
      const timersSet = [{ name: 'completion', dueAt: 1_000 }];
      shop.process('a', 'advanced', { type: 'handle-event', eventId: 'x', at: 3 }, { timersSet });
    });
    finds('process-stuck', 'a failure', () => {
      open();
      shop.process('a', 'stuck', { type: 'report-stuck', commandId: 'x', at: 3 });
    });
    finds('process-differs', 'of a cancelled order, not compensated', () => {
      shop.created('a', ['cup']);
      shop.order('a', 'cancelled', { cause: 'requested' });
      shop.wholeProcess('a', 'advanced');
    });
    finds('process-differs', 'of an open order, ended', () => {
      confirmed('a');
      shop.wholeProcess('a', 'completed');
    });
    finds('process-differs', 'none', () => confirmed('a'));
    finds('process-repeats', 'an answer', () => {
      open();
      shop.process('a', 'advanced', { type: 'handle-answer', commandId: 'a-sent', at: 3 });
    });
    finds('process-repeats', 'an event', () => {
      open();
      shop.process('a', 'advanced', { type: 'handle-event', eventId: 'a-created', at: 3 });
    });
    finds('process-repeats', 'a timer', () => {
      open();
      const fired = { type: 'fire-timer', name: 'completion', dueAt: 2, at: 3 };
      shop.process('a', 'advanced', fired);
      shop.process('a', 'advanced', fired);
    });
    finds('timer-early', 'before its time', () => {
      open();
      shop.process('a', 'advanced', { type: 'fire-timer', name: 'completion', dueAt: 4, at: 3 });
    });
    finds('cart-forgotten', 'checked out, but no order', () =>
      shop.cart('k', 'checked-out', { orderId: 'x' }),
    );
    finds('cart-forgotten', 'full, and nobody comes', () => shop.cart('k', 'created'));
    finds('effect-repeated', 'one command, two appends', () => {
      shop.stock('cup', 'received', 1);
      shop.stock('cup', 'received', 1);
      shop.stock('cup', 'received', 1);
      const cups = shop.events.filter(({ data }) => data.sku === 'cup');
      Object.assign(cups[2]!, { commandId: cups[0]!.commandId });
    });
  });
});
