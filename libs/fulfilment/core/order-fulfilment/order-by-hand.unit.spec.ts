import { answered, cancel, event, timer } from '#libs/processes/testing';
import { ORDER_STORY } from './order-story.fixture.js';

const {
  CREATED_AT,
  takenOut,
  screened,
  authorized,
  captured,
  shippedEvent,
  inReview,
  voided,
  cancelledOrder,
  sayingNothingNew,
  at,
} = ORDER_STORY;

describe('an order that an operator moves by hand while its payment runs', () => {
  const byHand = event({ type: 'order-confirmed' });
  const unpaid = [...screened, byHand];
  const unpaidShipped = [...unpaid, shippedEvent];
  const outOfTime = timer('payment-timeout');
  const mailed = [
    answered('mail:confirmed', { result: 'sent' }),
    answered('mail:shipped', { result: 'sent' }),
  ];

  it('has as long to be paid as any other', () => {
    for (const given of [unpaid, unpaidShipped])
      at(...given)
        .whenInput(sayingNothingNew)
        .thenNothing();
    at(...screened)
      .whenInput(byHand)
      .thenSends('mail:confirmed')
      .thenSetsTimer('payment-timeout', CREATED_AT + 900);
    at(...unpaid)
      .whenInput(shippedEvent)
      .thenSetsTimer('payment-timeout', CREATED_AT + 900);
  });

  it('is cancelled when that time is over, then its payment closed and its stock released', () => {
    at(...unpaid)
      .whenInput(outOfTime)
      .thenSends(['cancel', { cause: 'payment-timed-out' }]);
    at(...unpaid, outOfTime)
      .whenInput(cancelledOrder)
      .thenWithdraws('authorize')
      .thenSends('close');
    at(...unpaid, outOfTime, cancelledOrder)
      .whenInput(voided)
      .thenSends('release');
  });

  it('is cancelled when a person does not decide in time, or rejects the payment', () => {
    for (const input of [outOfTime, event({ type: 'payment-rejected', reason: 'no' })])
      at(...inReview, byHand)
        .whenInput(input)
        .thenSends('cancel');
  });

  it('stays shipped when the time is over, and asks for no money any more', () => {
    at(...unpaidShipped)
      .whenInput(outOfTime)
      .thenWithdraws('authorize')
      .thenSends('close');
    at(...inReview, byHand, shippedEvent)
      .whenInput(event({ type: 'payment-rejected', reason: 'no' }))
      .thenSends('close');
  });

  it('keeps the money that is being taken when the time is over, if it is shipped', () => {
    at(...unpaidShipped, authorized)
      .whenInput(outOfTime)
      .thenWaits();
    at(...unpaidShipped, authorized, outOfTime)
      .whenInput(captured)
      .thenWaits();
  });

  it('is charged if it is shipped before it could be cancelled', () => {
    at(...unpaid, cancel('late'), shippedEvent)
      .whenInput(authorized)
      .thenSends('capture');
  });

  it('ends when its payment does', () => {
    const completed = [...unpaidShipped, takenOut, ...mailed, event({ type: 'order-completed' })];
    at(...completed, authorized)
      .whenInput(captured)
      .thenEnds('completed');
    at(...completed, outOfTime)
      .whenInput(voided)
      .thenEnds('completed');
    const reviewed = completed.flatMap((input) =>
      input === byHand ? [inReview.at(-1) ?? input, input] : [input],
    );
    at(...reviewed.slice(0, -1))
      .whenInput(event({ type: 'order-completed' }))
      .thenWaits();
  });
});
