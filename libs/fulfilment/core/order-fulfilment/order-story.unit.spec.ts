import { answered, cancel, event, type GivenInput, refusedBy, timer } from '#libs/processes/testing';
import { STORY } from './order-story.fixture.js';

const {
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
} = STORY;

describe('an order from its first line to the doorstep', () => {
  it('reserves the stock of every sku at once, and gives the customer time to pay', () => {
    at()
      .whenInput(created)
      .thenSends(
        ['reserve:0', { type: 'reserve-stock', sku: 'bread', quantity: 2, whenUntracked: 'reject' }],
        ['reserve:1', { type: 'reserve-stock', sku: 'milk', quantity: 1 }],
      )
      .thenSetsTimer('payment-timeout', CREATED_AT + 900);
  });

  /** What came before; what comes; what goes out, in order. */
  const story: [string, GivenInput[], GivenInput, string[]][] = [
    ['waits until all of the stock is reserved', [created], bread, []],
    ['screens the order once all of it is', [created, bread], milk, ['screen']],
    [
      'takes stock that nobody counts as held',
      [created, bread],
      answered('reserve:1', { result: 'untracked' }),
      ['screen'],
    ],
    ['authorizes the payment of an order that passed', reserved, passed, ['authorize']],
    ['captures what is authorized', screened, authorized, ['capture']],
    ['confirms what is paid', [...screened, authorized], captured, ['confirm']],
    ['announces nothing but what is confirmed', paid, orderConfirmed, ['mail:confirmed']],
    [
      'hears of the confirmation from the order as well, and tells once',
      confirmed,
      event({ type: 'order-confirmed' }),
      [],
    ],
    [
      'takes out the stock that is shipped, and tells the customer',
      told,
      shippedEvent,
      ['ship:0', 'ship:1', 'mail:shipped'],
    ],
    ['waits after the delivery', shipped, event({ type: 'order-delivered', deliveredAt: 9 }), []],
    ['completes the order after that time', delivered, timer('completion'), ['complete']],
    [
      'asks a person about an order that a rule flags',
      reserved,
      answered('screen', { result: 'flagged', reason: 'odd' }),
      ['flag'],
    ],
    ['waits for that person', flagged, answered('flag'), []],
    [
      'authorizes what was flagged once a person approves',
      [...flagged, answered('flag')],
      approved,
      ['authorize'],
    ],
    ['waits for a person if the gateway wants one to look', screened, toReview, []],
    ['waits for that one even if another has approved', reviewedAgain.slice(0, -1), toReview, []],
    // The answer to a key counts once, so that it is not used again.
    ['authorizes anew what is approved a second time', reviewedAgain, approved, ['authorize:1']],
    [
      'captures what is authorized at last',
      [...reviewedAgain, approved],
      answered('authorize:1', { result: 'authorized' }),
      ['capture'],
    ],
    [
      'keeps an approval that comes before the news that there is something to approve',
      [...screened, approved],
      toReview,
      ['authorize:1'],
    ],
    [
      'tells of each refund',
      told,
      event({ type: 'payment-refunded', amount: 500, version: 4 }),
      ['mail:refund-4'],
    ],
  ];
  it.each(story)('%s', (_, given, input, sends) => {
    at(...given)
      .whenInput(input)
      .thenSends(...sends);
  });

  it('does not ask again for an authorization on its way because a person approves', () => {
    at(...screened)
      .whenInput(approved)
      .thenWaits()
      .thenWithdraws();
  });

  it('is over when the order is completed', () => {
    at(...delivered, timer('completion'))
      .whenInput(answered('complete', { status: 'completed' }))
      .thenEnds('completed');
  });

  it('skips the payment of what costs nothing, and the screening where there are no rules', () => {
    at(orderCreated({}, { total: 0 }), bread)
      .whenInput(milk)
      .thenSends('confirm');
    at(orderCreated({ screens: false }), bread)
      .whenInput(milk)
      .thenSends('authorize');
  });

  it('completes at the delivery if no time was to pass', () => {
    const quick = shipped.map((input) => (input === created ? orderCreated({ completeAfterMs: 0 }) : input));
    at(...quick)
      .whenInput(event({ type: 'order-delivered', deliveredAt: 9 }))
      .thenSends('complete');
  });

  it('gives a person more time than a customer', () => {
    at(...inReview)
      .whenInput(passedAgain())
      .thenNothing();
    at(...screened)
      .whenInput(toReview)
      .thenSetsTimer('payment-timeout', CREATED_AT + 86_400);
    at(...screened, authorized)
      .whenInput(captured)
      .thenClearsTimer('payment-timeout');
  });

  it('holds nothing against the clock once it is paid', () => {
    at(...delivered)
      .whenInput(timer('completion'))
      .thenClearsTimer('completion');
  });
});

describe('an order that fails', () => {
  /** At which step; what went well before; what comes; what undoes it first. */
  const failures: [string, GivenInput[], GivenInput, string[]][] = [
    [
      'too little stock: releases what was reserved',
      [created, bread],
      answered('reserve:1', { result: 'rejected', version: 8 }),
      ['release:0', 'forgo'],
    ],
    [
      'too little stock, nothing held: forgoes the payment, and cancels once all stock has answered',
      [created],
      answered('reserve:0', { result: 'rejected' }),
      ['forgo'],
    ],
    [
      'too little stock, nothing held, and forgone: cancels',
      [created, answered('reserve:0', { result: 'rejected' })],
      answered('reserve:1', { result: 'rejected' }),
      ['cancel'],
    ],
    [
      'too little stock for what costs nothing: has no payment to forgo',
      [orderCreated({}, { total: 0 }), bread],
      answered('reserve:1', { result: 'rejected', version: 8 }),
      ['release:0'],
    ],
    [
      'a sku that no stock can have: the same',
      [created, bread],
      refusedBy('reserve:1', 'invalid'),
      ['release:0', 'forgo'],
    ],
    [
      'a declined authorization: releases the stock, tells the customer',
      screened,
      answered('authorize', { result: 'declined', reason: 'funds' }),
      ['release:0', 'release:1', 'mail:payment-failed'],
    ],
    [
      'a refused authorization: the same',
      screened,
      refusedBy('authorize', 'order-not-found'),
      ['release:0', 'release:1', 'mail:payment-failed'],
    ],
    [
      'a declined capture: the same',
      [...screened, authorized],
      answered('capture', { result: 'declined', reason: 'gone' }),
      ['release:0', 'release:1', 'mail:payment-failed'],
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
      ['release:0', 'release:1', 'forgo', 'mail:cancelled'],
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
      ['ship:0', 'ship:1', 'mail:shipped'],
    ],
  ];
  it.each(failures)('%s', (_, given, input, sends) => {
    at(...given)
      .whenInput(input)
      .thenSends(...sends);
  });

  it('does not end before its forgone payment is closed', () => {
    const left = [
      created,
      answered('reserve:0', { result: 'rejected' }),
      answered('reserve:1', { result: 'rejected' }),
    ];
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
      .thenSends('close', 'mail:cancelled');
    at(...regretted, orderConfirmed, cancelledOrder)
      .whenInput(answered('close', { result: 'refunded' }))
      .thenSends('release:0', 'release:1');
  });

  it('keeps the money of an order that was shipped before it could be cancelled', () => {
    at(...regretted, orderConfirmed)
      .whenInput(answered('cancel', { status: 'shipped' }))
      .thenSends('ship:0', 'ship:1');
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
      .thenSends('release:0', 'release:1');
    at(...failed, voided)
      .whenInput(answered('release:0', { version: 6 }))
      .thenWaits();
    at(...failed, voided, answered('release:0', { version: 6 }))
      .whenInput(answered('release:1', { version: 9 }))
      .thenSends(['cancel', { type: 'cancel-order', cause: 'payment-timed-out' }]);
    at(...failed, voided, ...released)
      .whenInput(cancelledOrder)
      .thenSends('mail:cancelled');
    at(...failed, voided, ...released, cancelledOrder)
      .whenInput(toldOfCancellation)
      .thenEnds('compensated');
  });

  it('tells the customer the first cause, whatever fails later', () => {
    at(created, timer('payment-timeout'), bread)
      .whenInput(answered('reserve:1', { result: 'rejected', version: 8 }))
      .thenSends('release:0');
    at(created, timer('payment-timeout'), bread, answered('reserve:1', { result: 'rejected' }))
      .whenInput(answered('release:0', { version: 6 }))
      .thenSends(['cancel', { cause: 'payment-timed-out' }]);
  });

  it('goes on to ship if the order was shipped before it could be cancelled', () => {
    at(...screened, timer('payment-timeout'), voided, ...released)
      .whenInput(answered('cancel', { status: 'shipped' }))
      .thenWaits();
  });

  it('gives back what a late repeat has reserved', () => {
    at(...screened, timer('payment-timeout'), voided, ...released)
      .whenInput(event({ type: 'stock-reserved', sku: 'bread', version: 12 }))
      .thenSends(['stray:0:12', { type: 'release-stock', sku: 'bread' }]);
  });

  it('gives back what a repeat reserved of an article that was not tracked at first', () => {
    const untracked = [
      orderCreated({ whenUntracked: 'accept' }),
      answered('reserve:0', { result: 'untracked', version: 0 }),
    ];
    const strayed = event({ type: 'stock-reserved', sku: 'bread', version: 2 });
    const { steps } = at(...untracked).whenInput(strayed);
    const [sent] = steps.flatMap(({ commands }) => commands);
    expect(sent).toMatchObject({ key: 'stray:0:2', target: 'stock' });
    expect(JSON.parse(sent?.payload ?? '')).toEqual({ type: 'release-stock', sku: 'bread', orderId: ORDER });
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
