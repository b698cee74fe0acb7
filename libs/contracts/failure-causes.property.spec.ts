import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { causeOfWords, FAILURE_CAUSES, type FailureCause, hasPayment, paymentDecider } from '#libs/payments';
import { writerType } from './avro-types.js';
import { EventCodec } from './event-codec.js';
import type { RecordSchema } from './avro-schema.js';
import { contractOfEvent } from './event-catalogue.js';
import { UPCASTERS } from './upcasters.js';

const contract = contractOfEvent('payment.failed');
if (!contract) throw new Error('payment.failed is gone');
const { schema, subject } = contract;
/** As released before there were causes. */
const OLD: RecordSchema = { ...schema, fields: schema.fields.filter(({ name }) => name !== 'cause') };
const [OLD_ID, NEW_ID] = [1, 2];
const codec = new EventCodec({
  idOf: (asked) => (asked === subject ? NEW_ID : undefined),
  schemaOf: () => Promise.resolve(OLD),
});

const facts = fc.record({
  orderId: fc.uuid(),
  customerId: fc.string({ unit: 'grapheme' }),
  currency: fc.constantFrom('EUR', 'CHF'),
  total: fc.maxSafeNat(),
  gateway: fc.option(fc.string(), { nil: null }),
});
const metadata = fc.uuid().map((eventId) => ({
  eventId,
  streamId: 's',
  version: 1,
  occurredAt: '2026-01-31T12:00:00.000Z',
  correlationId: 'c',
  causationId: null,
  commandId: 'c',
  requestHash: null,
  tenant: 't',
  actor: 'a',
  traceparent: null,
}));
/** What gateways have said to their refusals, in any of their languages, and what nobody has thought of. */
const words = fc.oneof(
  fc.constantFrom(
    'The card was declined.',
    'Your card was declined. This transaction requires authentication.',
    'Your card has insufficient funds.',
    'The order was voided.',
    'Carte refusée.',
  ),
  fc.string({ unit: 'grapheme' }),
);

type Facts = Readonly<Record<string, unknown>>;
type Metadata = ReturnType<typeof metadata.generate>['value'];

function oldValue(data: Facts, about: Metadata): Buffer {
  const bytes = writerType(OLD).toBuffer({ ...data, metadata: about });
  const header = Buffer.from([0, 0, 0, 0, OLD_ID]);
  return Buffer.concat([header, bytes]);
}

const at = { topic: 'payments', partition: 0, offset: 0 };

describe('the cause of a failed payment', () => {
  itForAll(
    'is in old events what new ones say of the same words',
    [facts, words, metadata],
    async (data, reason, about) => {
      const written = { ...data, reason, cause: causeOfWords(reason) };
      const { value } = codec.encode({ type: 'payment.failed', data: written, metadata: about });
      const [old, now] = await codec.decodeBatch([
        { ...at, value: oldValue({ ...data, reason }, about) },
        { ...at, value },
      ]);
      expect(old?.data).toEqual(written);
      expect(now?.data).toEqual(written);
    },
  );

  itForAll(
    'is the same state for whoever rebuilds from either',
    [facts, words, metadata],
    async (data, reason, about) => {
      const { value } = codec.encode({
        type: 'payment.failed',
        data: { ...data, reason, cause: causeOfWords(reason) },
        metadata: about,
      });
      const events = await codec.decodeBatch([
        { ...at, value: oldValue({ ...data, reason }, about) },
        { ...at, value },
      ]);
      const [old, now] = events.map((event) =>
        paymentDecider.evolve(paymentDecider.initialState, event as never),
      );
      expect(old).toEqual(now);
      expect(now && hasPayment(now) && now.cause).toBe(causeOfWords(reason));
    },
  );

  itForAll(
    'stays what the event says, whatever its words',
    [words, fc.constantFrom(...FAILURE_CAUSES)],
    (reason, cause) => expect(UPCASTERS['payment.failed']?.({ reason, cause })).toEqual({ reason, cause }),
  );

  /** Frozen: a word that changed its cause would change what old events say. */
  it.each<[string, FailureCause]>([
    ['The card was declined.', 'declined'],
    ['Your card was declined.', 'declined'],
    ['Your card was declined. This transaction requires authentication.', 'authentication-required'],
    ['The bank asks the customer to authenticate.', 'authentication-required'],
    ['Your card has insufficient funds.', 'insufficient-funds'],
    ['Your card has expired.', 'card-expired'],
    ["Your card's security code is incorrect.", 'card-details-wrong'],
    ['Your card number is incorrect.', 'card-details-wrong'],
    ['An error occurred while processing your card. Try again in a little bit.', 'gateway-fault'],
    ['The order came without a means of payment.', 'no-means-of-payment'],
    ['Stripe cannot represent the amount.', 'amount-unsupported'],
    ['The order was voided.', 'authorization-ended'],
    ['The payment was cancelled at Stripe.', 'authorization-ended'],
    ['The payment is voided at the gateway.', 'authorization-ended'],
    ['There is no such authorization.', 'authorization-ended'],
    ['The order has an authorization.', 'other'],
    ['', 'other'],
  ])('of "%s" is %s', (reason, cause) => expect(causeOfWords(reason)).toBe(cause));
});
