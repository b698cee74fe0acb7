import { answered, cancel, event, type GivenInput, refusedBy, timer } from '#libs/processes/testing';
import { ORDER_STORY } from './order-story.fixture.js';

const {
  ORDER,
  orderCreated,
  created,
  stockAnswered,
  milkless,
  nothingHeld,
  reserved,
  screened,
  authorized,
  paid,
  told,
  shippedEvent,
  shipped,
  inReview,
  voided,
  released,
  cancelledOrder,
  orderConfirmed,
  regretted,
  orderCancelled,
  toldOfCancellation,
  at,
} = ORDER_STORY;

describe('an order that fails', () => {
  /** At which step; what went well before; what comes; what undoes it first. */
  const failures: [string, GivenInput[], GivenInput, string[]][] = [
    ['too little stock: releases what was reserved', [created], milkless, ['release', 'forgo']],
    [
      'too little stock, nothing held: cancels, and forgoes the payment',
      [created],
      nothingHeld,
      ['cancel', 'forgo'],
    ],
    [
      'too little stock for what costs nothing: has no payment to forgo',
      [orderCreated({}, { total: 0 })],
      milkless,
      ['release'],
    ],
    [
      'a sku that no stock can have: the same',
      [created],
      stockAnswered(
        'reserve',
        { result: 'reserved', version: 5 },
        { result: 'rejected', reason: 'No such quantity.', version: 0 },
      ),
      ['release', 'forgo'],
    ],
    ['a refused reservation: the same', [created], refusedBy('reserve', 'invalid'), ['cancel', 'forgo']],
    [
      'a declined authorization: releases the stock, tells the customer',
      screened,
      answered('authorize', { result: 'declined', reason: 'funds' }),
      ['release', 'mail:payment-failed'],
    ],
    [
      'a refused authorization: the same',
      screened,
      refusedBy('authorize', 'order-not-found'),
      ['release', 'mail:payment-failed'],
    ],
    [
      'a declined capture: the same',
      [...screened, authorized],
      answered('capture', { result: 'declined', reason: 'gone' }),
      ['release', 'mail:payment-failed'],
    ],
    [
      'a payment that a person rejects: voids it first',
      inReview,
      event({ type: 'payment-rejected', reason: 'no' }),
      ['close'],
    ],
    ['nobody looked at the payment in time: voids it first', inReview, timer('payment-timeout'), ['close']],
    [
      'a gateway that does not answer in time: takes back whatever it did',
      screened,
      timer('payment-timeout'),
      ['close'],
    ],
    ['stock that does not answer in time: waits for it', [created], timer('payment-timeout'), ['forgo']],
    [
      'the customer cancels before the payment: releases the stock',
      reserved,
      orderCancelled,
      ['release', 'forgo', 'mail:cancelled'],
    ],
    [
      'the customer cancels after the payment: refunds it first',
      told,
      orderCancelled,
      ['close', 'mail:cancelled'],
    ],
    [
      'an operator cancels the process of a confirmed order: cancels the order first',
      told,
      cancel('fraud'),
      ['cancel'],
    ],
    [
      'the order is shipped in the meantime: goes on',
      [...told, cancel('late')],
      shippedEvent,
      ['ship', 'mail:shipped'],
    ],
  ];
  it.each(failures)('%s', (_, given, input, sends) => {
    at(...given)
      .whenInput(input)
      .thenSends(...sends);
  });

  it('does not end before its forgone payment is closed', () => {
    const left = [created, nothingHeld];
    at(...left, cancelledOrder, toldOfCancellation)
      .whenInput(answered('forgo', { result: 'voided' }))
      .thenEnds('compensated');
    at(...left, cancelledOrder)
      .whenInput(toldOfCancellation)
      .thenWaits();
  });

  it('undoes nothing while the order may be confirmed, and then cancels it first', () => {
    at(...paid)
      .whenInput(cancel('regret'))
      .thenWaits();
    at(...regretted)
      .whenInput(orderConfirmed)
      .thenSends('cancel', 'mail:confirmed');
    at(...regretted, orderConfirmed)
      .whenInput(cancelledOrder)
      .thenSends('close');
    at(...regretted, orderConfirmed, cancelledOrder)
      .whenInput(answered('close', { result: 'refunded' }))
      .thenSends('release');
  });

  it('writes one mail after the other, so that none contradicts a later one', () => {
    at(...regretted, orderConfirmed, cancelledOrder)
      .whenInput(answered('mail:confirmed', { result: 'sent' }))
      .thenSends('mail:cancelled');
  });

  it('keeps the money of an order that was shipped before it could be cancelled', () => {
    at(...regretted, orderConfirmed)
      .whenInput(answered('cancel', { status: 'shipped' }))
      .thenSends('ship');
  });

  it('cannot be cancelled once it is shipped', () => {
    at(...shipped)
      .whenInput(cancel('fraud'))
      .thenIsRefused('process-past-cancelling');
  });

  it('withdraws the call of a gateway that it gives up', () => {
    at(...screened)
      .whenInput(timer('payment-timeout'))
      .thenWithdraws('authorize')
      .thenSends('close');
  });

  it('undoes in reverse: money, then stock, then the order, then the mail; and ends', () => {
    const failed = [...screened, timer('payment-timeout')];
    at(...failed)
      .whenInput(voided)
      .thenSends('release');
    at(...failed, voided)
      .whenInput(released)
      .thenSends(['cancel', { type: 'cancel-order', cause: 'payment-timed-out' }]);
    at(...failed, voided, released)
      .whenInput(cancelledOrder)
      .thenSends('mail:cancelled');
    at(...failed, voided, released, cancelledOrder)
      .whenInput(toldOfCancellation)
      .thenEnds('compensated');
  });

  it('tells the customer the first cause, whatever fails later', () => {
    at(created, timer('payment-timeout')).whenInput(milkless).thenSends('release');
    at(created, timer('payment-timeout'), milkless)
      .whenInput(released)
      .thenSends(['cancel', { cause: 'payment-timed-out' }]);
  });

  it('tells the customer what is out of stock', () => {
    for (const [answer, reason] of [
      [milkless, 'milk is out of stock.'],
      [nothingHeld, 'bread and milk are out of stock.'],
    ] as const)
      at(created, answer, answered('forgo', { result: 'voided' }))
        .whenInput(answer === milkless ? released : cancelledOrder)
        .thenSends(answer === milkless ? ['cancel', { reason }] : ['mail:cancelled', { facts: { reason } }]);
  });

  it('goes on to ship if the order was shipped before it could be cancelled', () => {
    at(...screened, timer('payment-timeout'), voided, released)
      .whenInput(answered('cancel', { status: 'shipped' }))
      .thenWaits();
  });

  it('gives back what a late repeat has reserved', () => {
    at(...screened, timer('payment-timeout'), voided, released)
      .whenInput(event({ type: 'stock-reserved', sku: 'bread', version: 12 }))
      .thenSends(['stray:0:12', { type: 'release-stock', skus: ['bread'] }]);
  });

  it('gives back what a repeat reserved of an article that was not tracked at first', () => {
    const untracked = [
      orderCreated({ whenUntracked: 'accept' }),
      stockAnswered('reserve', { result: 'untracked', version: 0 }, { result: 'reserved', version: 8 }),
    ];
    const strayed = event({ type: 'stock-reserved', sku: 'bread', version: 2 });
    const { steps } = at(...untracked).whenInput(strayed);
    const [sent] = steps.flatMap(({ commands }) => commands);
    expect(sent).toMatchObject({ key: 'stray:0:2', target: 'stock' });
    expect(JSON.parse(sent?.payload ?? '')).toEqual({
      type: 'release-stock',
      orderId: ORDER,
      skus: ['bread'],
    });
    at(...untracked, strayed)
      .whenInput(answered('stray:0:2', { version: 3 }))
      .thenWaits();
  });

  it('is stuck at an order that refuses what it must not', () => {
    at(...paid)
      .whenInput(refusedBy('confirm', 'order-not-found', 'There is no order.'))
      .thenIsStuck(/There is no order/);
  });
});
