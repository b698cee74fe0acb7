import Stripe from 'stripe';
import type {
  AuthorizeAnswer,
  AuthorizeCall,
  CaptureAnswer,
  CaptureCall,
  GatewayPayment,
  PaymentGateway,
  RefundAnswer,
  RefundCall,
  VoidAnswer,
  VoidCall,
} from '#libs/payments';
import { toStripeAmount } from './stripe-amounts.js';
import { stripeCauseOf } from './stripe-causes.js';
import {
  failureOf,
  isReplayedFailure,
  lookFailureOf,
  stripeRefusalOf,
  type StripeRefusal,
} from './stripe-failures.js';
import { NEEDS_CUSTOMER, stripePayment } from './stripe-payment.js';

const MOST_KEYS = 3;
const MOST_REFUNDS = 100;
const NOTHING: GatewayPayment = { status: 'none', reference: null, captured: 0, refunds: [], reason: null };

type Declined = Extract<CaptureAnswer, { readonly result: 'declined' }>;
const declined = (reason: string, cause?: Declined['cause']): Declined => ({
  result: 'declined',
  reason,
  ...(cause && { cause }),
});
const declinedBy = (refusal: StripeRefusal): Declined => declined(refusal.message, stripeCauseOf(refusal));

/**
 * Payments at Stripe, one PaymentIntent for each order. It is made first, which moves nothing, and then confirmed: a repeat,
 * or a void that comes first, meets the same PaymentIntent, which lets itself be confirmed and captured once.
 */
export class StripeGateway implements PaymentGateway {
  readonly name = 'stripe';
  readonly #stripe: Stripe;

  constructor({
    apiKey,
    apiUrl,
    timeoutMs,
  }: {
    readonly apiKey: string;
    readonly apiUrl: string;
    readonly timeoutMs: number;
  }) {
    const { hostname, port, protocol } = new URL(apiUrl);
    this.#stripe = new Stripe(apiKey, {
      host: hostname,
      ...(port !== '' && { port: Number(port) }),
      protocol: protocol === 'http:' ? 'http' : 'https',
      timeout: timeoutMs,
      // Our own repeats look the payment up first.
      maxNetworkRetries: 0,
      telemetry: false,
    });
  }

  async authorize(call: AuthorizeCall): Promise<AuthorizeAnswer> {
    if (call.token === null) return declined('The order came without a means of payment.');
    const intent = await this.#intentOf(call);
    if (intent === undefined) return declined('Stripe cannot represent the amount.');
    try {
      const parameters = { ...(await this.#meansOf(call.token, call.idempotencyKey)), expand: ['review'] };
      const confirmed = await this.#once(call.idempotencyKey, (options) =>
        this.#stripe.paymentIntents.confirm(intent.id, parameters, options),
      );
      return authorizeAnswer(stripePayment(confirmed, []));
    } catch (error) {
      const refusal = stripeRefusalOf(error);
      const now = refusal.payment_intent;
      return now?.status === 'requires_capture' || now?.status === 'succeeded'
        ? authorizeAnswer(await this.find(call.orderId, now.id))
        : declinedBy(refusal);
    }
  }

  async capture({ reference, amount, currency, idempotencyKey }: CaptureCall): Promise<CaptureAnswer> {
    const toCapture = toStripeAmount(amount, currency);
    if (toCapture === undefined) return declined('Stripe cannot represent the amount.');
    try {
      await this.#once(idempotencyKey, (options) =>
        this.#stripe.paymentIntents.capture(reference, { amount_to_capture: toCapture }, options),
      );
      return { result: 'captured', amount };
    } catch (error) {
      return declinedBy(stripeRefusalOf(error));
    }
  }

  async void(call: VoidCall): Promise<VoidAnswer> {
    const reference = call.reference ?? (await this.#intentOf(call))?.id;
    // An amount that Stripe cannot represent never gets a PaymentIntent.
    if (reference === undefined) return { result: 'voided' };
    try {
      await this.#once(call.idempotencyKey, (options) =>
        this.#stripe.paymentIntents.cancel(reference, {}, options),
      );
      return { result: 'voided' };
    } catch (error) {
      const refusal = stripeRefusalOf(error);
      const status = refusal.payment_intent?.status;
      if (status === 'canceled') return { result: 'voided' };
      if (status === 'succeeded') return { result: 'captured' };
      throw refusal;
    }
  }

  async refund(call: RefundCall): Promise<RefundAnswer> {
    const amount = toStripeAmount(call.amount, call.currency);
    if (amount === undefined) return declined('Stripe cannot represent the amount.');
    const { reference, refundId, orderId, tenant } = call;
    try {
      const refund = await this.#once(call.idempotencyKey, (options) =>
        this.#stripe.refunds.create(
          { payment_intent: reference, amount, metadata: { refundId, orderId, tenant } },
          options,
        ),
      );
      return refund.status === 'failed' || refund.status === 'canceled'
        ? declined(`Stripe could not refund: ${refund.failure_reason ?? refund.status}.`)
        : { result: 'refunded' };
    } catch (error) {
      return declinedBy(stripeRefusalOf(error));
    }
  }

  /** Without the reference, a payment of the last minute may be missing: Stripe's search lags behind. */
  async find(orderId: string, reference: string | null): Promise<GatewayPayment> {
    try {
      const intent =
        reference === null
          ? await this.#searched(orderId)
          : await this.#stripe.paymentIntents.retrieve(reference, { expand: ['review'] });
      if (!intent) return NOTHING;
      const refunds =
        intent.amount_received > 0
          ? await this.#stripe.refunds.list({ payment_intent: intent.id, limit: MOST_REFUNDS })
          : undefined;
      return stripePayment(intent, refunds?.data ?? []);
    } catch (error) {
      throw lookFailureOf(error);
    }
  }

  /** The order that a PaymentIntent is for; `undefined` if it is not one of ours. */
  async orderOf(
    paymentIntent: string,
  ): Promise<{ readonly tenant: string; readonly orderId: string } | undefined> {
    try {
      const { metadata } = await this.#stripe.paymentIntents.retrieve(paymentIntent);
      const { tenant, orderId } = metadata;
      return tenant !== undefined && orderId !== undefined ? { tenant, orderId } : undefined;
    } catch (error) {
      throw lookFailureOf(error);
    }
  }

  async #searched(orderId: string): Promise<Stripe.PaymentIntent | undefined> {
    const query = `metadata['orderId']:'${orderId.replaceAll(/[^\w-]/g, '')}'`;
    const { data } = await this.#stripe.paymentIntents.search({ query, expand: ['data.review'] });
    // There are several only if the first was made more than a day ago: the one that moved money counts.
    return data.find(({ status }) => status === 'requires_capture' || status === 'succeeded') ?? data[0];
  }

  /** The order's PaymentIntent, made if it is missing. */
  async #intentOf(call: AuthorizeCall | VoidCall): Promise<Stripe.PaymentIntent | undefined> {
    const { orderId, tenant, currency } = call;
    const amount = toStripeAmount(call.amount, currency);
    if (amount === undefined) return undefined;
    const parameters = {
      amount,
      currency: currency.toLowerCase(),
      capture_method: 'manual',
      automatic_payment_methods: { enabled: true, allow_redirects: 'never' },
      metadata: { orderId, tenant },
    } as const;
    try {
      return await this.#once(`${orderId}/intent`, (options) =>
        this.#stripe.paymentIntents.create(parameters, options),
      );
    } catch (error) {
      throw failureOf(error);
    }
  }

  /** Stripe's ids say what they are. Tokens of cards are older than payment methods, and become one. */
  async #meansOf(token: string, idempotencyKey: string): Promise<Stripe.PaymentIntentConfirmParams> {
    if (token.startsWith('ctoken_')) return { confirmation_token: token };
    if (!token.startsWith('tok_')) return { payment_method: token };
    const method = await this.#once(`${idempotencyKey}/method`, (options) =>
      this.#stripe.paymentMethods.create({ type: 'card', card: { token } }, options),
    );
    return { payment_method: method.id };
  }

  async #once<Answer>(
    idempotencyKey: string,
    call: (options: { idempotencyKey: string }) => Promise<Answer>,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call({
          idempotencyKey: attempt === 1 ? idempotencyKey : `${idempotencyKey}/${attempt}`,
        });
      } catch (error) {
        if (attempt === MOST_KEYS || !isReplayedFailure(error)) throw error;
      }
    }
  }
}

function authorizeAnswer({ status, reference, reason, cause }: GatewayPayment): AuthorizeAnswer {
  if (reference === null) throw new Error('a PaymentIntent has an id');
  if (status === 'authorized' || status === 'captured') return { result: 'authorized', reference };
  if (status === 'review') return { result: 'review', reference, reason: reason ?? 'In review at Stripe.' };
  return declined(reason ?? NEEDS_CUSTOMER, cause);
}
