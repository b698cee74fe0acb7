import { answered, event, type GivenInput, timer } from '#libs/processes/testing';
import { ORDER_STORY } from './order-story.fixture.js';

const {
  CREATED_AT,
  orderCreated,
  created,
  stockAnswered,
  held,
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
  sayingNothingNew,
  at,
} = ORDER_STORY;

describe('an order from its first line to the doorstep', () => {
  it('reserves the stock of every sku at once, and gives the customer time to pay', () => {
    at()
      .whenInput(created)
      .thenSends([
        'reserve',
        {
          type: 'reserve-stock',
          lines: [
            { sku: 'bread', quantity: 2 },
            { sku: 'milk', quantity: 1 },
          ],
          whenUntracked: 'reject',
        },
      ])
      .thenSetsTimer('payment-timeout', CREATED_AT + 900);
  });

  /** Name, earlier inputs, the new input, and the commands that it leads to, in order. */
  const story: [string, GivenInput[], GivenInput, string[]][] = [
    ['screens the order once its stock is reserved', [created], held, ['screen']],
    [
      'takes stock that nobody counts as held',
      [created],
      stockAnswered('reserve', { result: 'reserved', version: 5 }, { result: 'untracked', version: 0 }),
      ['screen'],
    ],
    ['authorizes the payment of an order that passed', reserved, passed, ['authorize']],
    ['captures what is authorized', screened, authorized, ['capture']],
    ['confirms what is paid', [...screened, authorized], captured, ['confirm']],
    [
      'announces nothing but what is confirmed',
      paid,
      answered('confirm', { status: 'confirmed' }),
      ['mail:confirmed'],
    ],
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
      ['ship', 'mail:shipped'],
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
    at(orderCreated({}, { total: 0 }))
      .whenInput(held)
      .thenSends('confirm');
    at(orderCreated({ screens: false }))
      .whenInput(held)
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
      .whenInput(sayingNothingNew)
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
