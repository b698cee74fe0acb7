import {
  cancel,
  answered,
  event,
  type GivenInput,
  refusedBy,
  specifyProcess,
  timer,
} from '#libs/processes/testing';
import { CART_ABANDONMENT } from './cart-abandonment.js';

const created = event({
  type: 'created',
  processId: '0197a2f0-0000-7000-8000-000000000001',
  cartId: 'cart-1',
  customerId: 'c-1',
  currency: 'EUR',
  changedAt: 100,
  policy: { abandonedAfterMs: 1_000 },
});
const changed = (version: number, changedAt: number, isFilled = true) =>
  event({ type: 'changed', total: isFilled ? 500 : 0, currency: 'EUR', isFilled, changedAt, version });
const checkedOut = event({ type: 'checked-out', orderId: '0197a2f0-0000-7000-8000-000000000002' });

const filled = [created, changed(2, 200)];
const due = [...filled, timer('abandonment')];
const abandoned = [...due, answered('abandon:2', { status: 'abandoned', version: 3 })];
const reminded = [...abandoned, answered('remind:2', { result: 'sent' })];

const at = specifyProcess(CART_ABANDONMENT);

describe('a cart that is left alone', () => {
  const story: [string, GivenInput[], GivenInput, (string | readonly [string, Record<string, unknown>])[]][] =
    [
      ['begins with nothing to be reminded of', [], created, []],
      [
        'is abandoned after the time, unless it has changed',
        filled,
        timer('abandonment'),
        [['abandon:2', { cartId: 'cart-1', ifVersion: 2 }]],
      ],
      [
        'reminds its customer',
        due,
        answered('abandon:2', { status: 'abandoned', version: 3 }),
        [['remind:2', { template: 'cart-reminder' }]],
      ],
      ['hears of it from the cart as well, and reminds once', abandoned, event({ type: 'abandoned' }), []],
      ['hears of it from the cart alone', due, event({ type: 'abandoned' }), ['remind:2']],
      [
        'has changed when it was about to be abandoned: is let be',
        due,
        refusedBy('abandon:2', 'version-conflict'),
        [],
      ],
      ['is changed while it is abandoned: waits anew', due, changed(3, 900), []],
      [
        'is abandoned again after a change',
        [...due, changed(3, 900), refusedBy('abandon:2', 'conflict')],
        timer('abandonment'),
        [['abandon:3', { ifVersion: 3 }]],
      ],
      [
        'is reminded of once, however often it is abandoned',
        [...reminded, changed(4, 2_000), timer('abandonment')],
        answered('abandon:4', { status: 'abandoned' }),
        [],
      ],
      [
        'becomes an order at the check-out',
        filled,
        checkedOut,
        [['order', { type: 'order-cart', cartId: 'cart-1' }]],
      ],
      ['becomes an order even after it was abandoned', reminded, checkedOut, ['order']],
      ['is let be at an operator’s wish', filled, cancel(), []],
    ];
  it.each(story)('%s', (_, given, input, sends) => {
    at(...given)
      .whenInput(input)
      .thenSends(...sends);
  });

  it('has its time from the last change on, and none while it is empty', () => {
    at(created).whenInput(changed(2, 200)).thenSetsTimer('abandonment', 1_200);
    at(...filled)
      .whenInput(changed(3, 900))
      .thenSetsTimer('abandonment', 1_900);
    at(...filled)
      .whenInput(changed(3, 900, false))
      .thenClearsTimer('abandonment');
    at(...filled)
      .whenInput(checkedOut)
      .thenClearsTimer('abandonment');
    at(...due)
      .whenInput(refusedBy('abandon:2', 'version-conflict'))
      .thenClearsTimer('abandonment');
  });

  it('is done with once it is reminded of, or ordered, or an operator says so', () => {
    at(...abandoned)
      .whenInput(answered('remind:2', { result: 'sent' }))
      .thenEnds('completed');
    at(...abandoned)
      .whenInput(answered('remind:2', { result: 'no-address' }))
      .thenEnds('completed');
    at(...filled, checkedOut)
      .whenInput(answered('order', { status: 'pending' }))
      .thenEnds('completed');
    at(...filled)
      .whenInput(cancel())
      .thenEnds('completed');
  });

  it('is watched again when its customer comes back', () => {
    at(...reminded)
      .whenInput(changed(4, 5_000))
      .thenSetsTimer('abandonment', 6_000)
      .thenWaits();
  });

  it.each([
    ['has changed the cart', changed(4, 1_300)],
    ['has checked it out', checkedOut],
  ])('withdraws a reminder that has not gone out when the customer %s', (_, input) => {
    at(...abandoned)
      .whenInput(input)
      .thenWithdraws('remind:2');
  });

  it('reminds once of a cart that is abandoned again before the first reminder went out', () => {
    const again = [...abandoned, changed(4, 1_300), timer('abandonment')];
    at(...again)
      .whenInput(answered('abandon:4', { status: 'abandoned', version: 5 }))
      .thenSends('remind:4');
    at(...reminded, changed(4, 1_300), timer('abandonment'))
      .whenInput(answered('abandon:4', { status: 'abandoned', version: 5 }))
      .thenSends();
  });
});
