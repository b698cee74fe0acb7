import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { reservedFor } from '#libs/inventory';
import type { PaymentState } from '#libs/payments';
import { type TargetAnswer, stateOf } from '#libs/processes/core';
import { FulfilmentWorld, type GatewayMood, type WorldCommand } from '../../testing/fulfilment-world.js';

const ORDERS = ['0197a2f0-0000-7000-8000-000000000001', '0197a2f0-0000-7000-8000-000000000002'] as const;
const SKUS = ['a', 'b'];

/** What may happen next; numbers choose among what there is. */
type Move =
  | {
      readonly do: 'feed' | 'feed-again' | 'send' | 'send-again' | 'send-half' | 'answer-again';
      readonly which: number;
    }
  | { readonly do: 'pass'; readonly ms: number }
  | {
      readonly do: 'patch';
      readonly which: number;
      readonly status: 'confirmed' | 'shipped' | 'delivered' | 'cancelled';
    }
  | { readonly do: 'review'; readonly which: number; readonly decision: 'approve' | 'reject' }
  | { readonly do: 'retry' | 'cancel' | 'stuck'; readonly which: number };

const which = fc.nat(1_000);
const patched = fc.constantFrom('confirmed', 'shipped', 'delivered', 'cancelled');
const likely: fc.Arbitrary<Move> = fc.record({ do: fc.constantFrom('feed', 'send'), which });
const repeated: fc.Arbitrary<Move> = fc.record({
  do: fc.constantFrom('feed-again', 'send-again', 'send-half', 'answer-again'),
  which,
});
const rare: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(10, 200, 1_500, 6_000) }),
  fc.record({ do: fc.constant('patch'), which, status: patched }),
  fc.record({ do: fc.constant('review'), which, decision: fc.constantFrom('approve', 'reject') }),
  fc.record({ do: fc.constantFrom('retry', 'cancel', 'stuck'), which }),
);
const move = fc.oneof(
  { weight: 6, arbitrary: likely },
  { weight: 3, arbitrary: repeated },
  { weight: 4, arbitrary: rare },
);

/** Plays moves; whatever is left is then delivered, as it is after every fault has healed. */
class Play {
  /** Events that their processes have seen once. The order of a stream is kept, that of streams is not. */
  #fed = 0;
  readonly answers: { readonly sent: WorldCommand; readonly answer: TargetAnswer }[] = [];
  /** Orders that an operator has confirmed, whatever their processes had come to. */
  readonly confirmedByHand = new Set<string>();

  constructor(readonly world: FulfilmentWorld) {}

  move(move: Move): void {
    const { world } = this;
    if (move.do === 'pass') {
      world.now += move.ms;
      for (const orderId of ORDERS) world.fireTimers(orderId);
      return;
    }
    const orderId = at(ORDERS, move.which) ?? ORDERS[0];
    switch (move.do) {
      case 'feed':
        return this.#feedNext();
      case 'feed-again': {
        const event = at(world.log.slice(0, this.#fed), move.which);
        return event && world.feed(event);
      }
      case 'send': {
        const sent = at(this.#open(), move.which);
        return sent && this.#send(sent);
      }
      case 'send-again': {
        // By somebody who was suspended: its answer comes, too.
        const sent = at(world.sent, move.which);
        return sent && void world.send(sent);
      }
      case 'send-half': {
        // By somebody who was killed between two lines.
        const sent = at(world.sent, move.which);
        return sent && world.executeFirst(1, sent);
      }
      case 'answer-again': {
        const known = at(this.answers, move.which);
        return known && world.answer(known.sent, known.answer);
      }
      case 'patch':
        if (world.patch(orderId, move.status) && move.status === 'confirmed')
          this.confirmedByHand.add(orderId);
        return undefined;
      case 'review':
        return world.review(orderId, move.decision);
      case 'retry':
        return world.input({ type: 'retry-process', processId: orderId, process: '', at: world.now });
      case 'cancel':
        return world.input({
          type: 'cancel-process',
          processId: orderId,
          process: '',
          at: world.now,
          reason: null,
        });
      case 'stuck': {
        const sent = at(this.#open(), move.which);
        if (!sent) return;
        const { processId, commandId } = sent;
        const report = { type: 'report-stuck', error: 'no answer', commandId } as const;
        return world.input({ ...report, processId, process: '', at: world.now });
      }
    }
  }

  /** Delivers all that is left, with time enough for every timer. */
  finish(): void {
    for (let round = 0; round < 500; round++) {
      const answerable = this.#open().filter((sent) => !this.world.isSilent(sent));
      const isQuiet = this.#fed === this.world.log.length && answerable.length === 0;
      if (isQuiet) {
        if (!ORDERS.some((orderId) => Object.keys(this.world.process(orderId)?.timers ?? {}).length > 0))
          return;
        this.move({ do: 'pass', ms: 10_000 });
      }
      while (this.#fed < this.world.log.length) this.#feedNext();
      for (const sent of this.#open()) this.#send(sent);
    }
    throw new Error('it does not come to rest');
  }

  #feedNext(): void {
    const event = this.world.log[this.#fed];
    if (!event) return;
    this.#fed++;
    this.world.feed(event);
  }

  #send(sent: WorldCommand): void {
    const answer = this.world.send(sent);
    if (answer) this.answers.push({ sent, answer });
  }

  #open(): WorldCommand[] {
    return this.world.sent.filter(
      ({ processId, commandId }) => commandId in (this.world.process(processId)?.open ?? {}),
    );
  }
}

const at = <Item>(items: readonly Item[], index: number): Item | undefined => items[index % items.length];

const countOf = (world: FulfilmentWorld, orderId: string, type: string): number =>
  world.log.filter((event) => event.type === type && (event.data as { orderId?: string }).orderId === orderId)
    .length;

describe('the fulfilment of orders', () => {
  const lines = fc.array(
    fc.record({ sku: fc.constantFrom(...SKUS), quantity: fc.integer({ min: 1, max: 3 }) }),
    {
      minLength: 1,
      maxLength: 3,
    },
  );
  const setting = fc.record({
    mood: fc.constantFrom<GatewayMood>('ok', 'ok', 'decline', 'review', 'silent'),
    isSuspicious: fc.boolean(),
    onHand: fc.integer({ min: 0, max: 6 }),
    /** Whether all has come to rest before the first move, so that most orders are confirmed. */
    isLate: fc.boolean(),
  });

  itForAll(
    'ends in a legal state with nothing held, whatever comes when and how often',
    [setting, fc.tuple(lines, lines), fc.array(move, { maxLength: 80 })],
    { numRuns: 500 },
    ({ mood, isSuspicious, onHand, isLate }, orders, moves) => {
      const world = new FulfilmentWorld(mood, isSuspicious);
      for (const sku of SKUS) world.receive(sku, onHand + 1);
      ORDERS.forEach((orderId, index) => world.createOrder(orderId, orders[index] ?? []));
      const play = new Play(world);
      if (isLate) play.finish();
      for (const each of moves) {
        play.move(each);
        for (const sku of SKUS)
          expect(world.stock(sku).onHand - world.stock(sku).reserved).toBeGreaterThanOrEqual(0);
      }
      play.finish();
      for (const orderId of ORDERS) expectLegalEnd(play, orderId);
    },
  );

  itForAll(
    'does nothing when everything is sent again',
    [setting, fc.array(move, { maxLength: 40 })],
    { numRuns: 300 },
    (given, moves) => {
      const world = new FulfilmentWorld(given.mood, given.isSuspicious);
      for (const sku of SKUS) world.receive(sku, given.onHand + 1);
      for (const orderId of ORDERS)
        world.createOrder(orderId, [
          { sku: 'a', quantity: 2 },
          { sku: 'b', quantity: 1 },
        ]);
      const play = new Play(world);
      for (const each of moves) play.move(each);
      play.finish();
      const before = {
        mails: world.mails.length,
        payments: paymentEvents(world),
        orders: ORDERS.map((id) => world.orderStatus(id)),
      };
      for (const event of world.log.slice()) world.feed(event);
      for (const sent of world.sent.slice()) world.send(sent);
      play.finish();
      expect({
        mails: world.mails.length,
        payments: paymentEvents(world),
        orders: ORDERS.map((id) => world.orderStatus(id)),
      }).toEqual(before);
      for (const orderId of ORDERS) expectLegalEnd(play, orderId);
    },
  );
});

/** Nobody waits for a person, a gateway or a clock any more. */
const SETTLED: readonly PaymentState['status'][] = ['captured', 'failed', 'voided', 'refunded'];

const paymentEvents = (world: FulfilmentWorld): number =>
  world.log.filter(({ position }) => position.topic === 'payments').length;

function expectLegalEnd({ world, confirmedByHand }: Play, orderId: string): void {
  const process = world.process(orderId);
  if (!process) throw new Error('the order has no process');
  const status = world.orderStatus(orderId);
  const holds = SKUS.map((sku) => reservedFor(world.stock(sku).reservations, orderId) ?? 0);
  const isHeld = holds.some((held) => held > 0);
  const payment = world.payment(orderId);
  const mails = world.mails.filter((mail) => mail.orderId === orderId).map(({ template }) => template);
  expect(countOf(world, orderId, 'payment.captured')).toBeLessThanOrEqual(1);
  expect(new Set(mails).size).toBe(mails.length);
  expect(process.error).toBeNull();
  expect(SETTLED).toContain(payment.status);
  expect(payment).toMatchObject({ holdsMoney: false });
  if (status === 'cancelled') {
    expect(stateOf(process)).toBe('compensated');
    expect(isHeld).toBe(false);
    expect(payment.status).not.toBe('captured');
    expect(mails).toContain('order-cancelled');
  } else if (status === 'confirmed') {
    expect(stateOf(process)).toBe('waiting');
    expect(isHeld).toBe(true);
    expect(mails).toEqual(['order-confirmed']);
    expect(payment.status).toBe('captured');
  } else {
    // An operator who ships what is not paid for has decided so.
    expect(['shipped', 'completed']).toContain(status);
    expect(stateOf(process)).toBe(status === 'shipped' ? 'waiting' : 'completed');
    expect(isHeld).toBe(false);
    expect(mails).toContain('order-shipped');
    if (!confirmedByHand.has(orderId)) expect(payment.status).toBe('captured');
  }
}
