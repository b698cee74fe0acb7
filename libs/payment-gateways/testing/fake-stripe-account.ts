import { readFileSync } from 'node:fs';

/** An object as stripe-mock gives it, whose shapes are Stripe's own. */
const shapeOf = (name: string): object =>
  JSON.parse(readFileSync(new URL(`stripe-shapes/${name}.json`, import.meta.url), 'utf8')) as object;
const [intentShape, refundShape] = [shapeOf('payment-intent'), shapeOf('refund')];

export interface StripeAnswer {
  readonly status: number;
  readonly body: unknown;
}

interface Intent {
  id: string;
  status: string;
  amount: number;
  amount_received: number;
  currency: string;
  metadata: Record<string, string>;
  last_payment_error: { message: string } | null;
  review: object | null;
}

interface Refund {
  id: string;
  payment_intent: string;
  amount: number;
  metadata: Record<string, string>;
}

/** Stripe's test tokens: what a confirmation with them leads to. */
const DECLINED = 'tok_chargeDeclined';
const REVIEWED = 'tok_riskLevelElevated';
const CHALLENGED = 'tok_threeDSecureRequired';

const ok = (body: unknown): StripeAnswer => ({ status: 200, body });
const refused = (code: string, message: string, more: object = {}): StripeAnswer => ({
  status: 400,
  body: { error: { type: 'invalid_request_error', code, message, ...more } },
});

/** The books of a Stripe account: PaymentIntents and refunds, with Stripe's rules and shapes. */
export class FakeStripeAccount {
  readonly intents = new Map<string, Intent>();
  readonly refunds: Refund[] = [];
  /** Whether the search finds what was made just now; Stripe's does not. */
  searchLags = false;

  answer(method: string, url: string, form: URLSearchParams): StripeAnswer {
    const { pathname, searchParams } = new URL(url, 'http://stripe');
    const [, , resource = '', id = '', action = ''] = pathname.split('/');
    if (resource === 'refunds')
      return method === 'POST' ? this.#refund(form) : this.#refundsOf(searchParams.get('payment_intent'));
    if (resource === 'payment_methods')
      return ok({ object: 'payment_method', id: `pm_${form.get('card[token]')}` });
    if (resource !== 'payment_intents') return notFound(pathname);
    if (id === '') return this.#create(form);
    if (id === 'search') return this.#search(searchParams.get('query') ?? '');
    const intent = this.intents.get(id);
    if (!intent) return notFound(id);
    switch (action) {
      case '':
        return ok(shown(intent));
      case 'confirm':
        return this.#confirm(intent, form);
      case 'capture':
        return this.#capture(intent, form);
      case 'cancel':
        return this.#cancel(intent);
      default:
        return notFound(pathname);
    }
  }

  #create(form: URLSearchParams): StripeAnswer {
    const intent: Intent = {
      id: `pi_${this.intents.size + 1}`,
      status: 'requires_payment_method',
      amount: Number(form.get('amount')),
      amount_received: 0,
      currency: form.get('currency') ?? '',
      metadata: metadataOf(form),
      last_payment_error: null,
      review: null,
    };
    this.intents.set(intent.id, intent);
    return ok(shown(intent));
  }

  #confirm(intent: Intent, form: URLSearchParams): StripeAnswer {
    if (!intent.status.startsWith('requires_') || intent.status === 'requires_capture')
      return unexpected(intent, 'confirm');
    const token = (form.get('payment_method') ?? '').replace(/^pm_/, '');
    if (token === DECLINED) {
      const message = 'Your card was declined.';
      intent.last_payment_error = { message };
      const error = { type: 'card_error', code: 'card_declined', decline_code: 'generic_decline', message };
      return { status: 402, body: { error: { ...error, payment_intent: shown(intent) } } };
    }
    intent.status = token === CHALLENGED ? 'requires_action' : 'requires_capture';
    if (token === REVIEWED) intent.review = { id: 'prv_1', object: 'review', open: true, reason: 'rule' };
    return ok(shown(intent));
  }

  #capture(intent: Intent, form: URLSearchParams): StripeAnswer {
    if (intent.status !== 'requires_capture') return unexpected(intent, 'capture');
    intent.status = 'succeeded';
    intent.amount_received = Number(form.get('amount_to_capture'));
    return ok(shown(intent));
  }

  #cancel(intent: Intent): StripeAnswer {
    if (intent.status === 'succeeded' || intent.status === 'canceled') return unexpected(intent, 'cancel');
    intent.status = 'canceled';
    return ok(shown(intent));
  }

  #refund(form: URLSearchParams): StripeAnswer {
    const intent = this.intents.get(form.get('payment_intent') ?? '');
    if (!intent) return notFound('payment_intent');
    if (intent.status !== 'succeeded')
      return refused(
        'payment_intent_unexpected_state',
        'This PaymentIntent has no successful charge to refund.',
      );
    const amount = Number(form.get('amount'));
    const refunded = this.refunds
      .filter((refund) => refund.payment_intent === intent.id)
      .reduce((sum, refund) => sum + refund.amount, 0);
    if (refunded === intent.amount_received)
      return refused('charge_already_refunded', 'The charge has already been refunded.');
    if (refunded + amount > intent.amount_received)
      return refused('amount_too_large', 'The refund is greater than the unrefunded amount.');
    const id = `re_${this.refunds.length + 1}`;
    const refund = { id, payment_intent: intent.id, amount, metadata: metadataOf(form) };
    this.refunds.push(refund);
    return ok({ ...refundShape, ...refund, currency: intent.currency });
  }

  #refundsOf(paymentIntent: string | null): StripeAnswer {
    const data = this.refunds
      .filter((refund) => refund.payment_intent === paymentIntent)
      .map((refund) => ({ ...refundShape, ...refund }));
    return ok({ object: 'list', data, has_more: false, url: '/v1/refunds' });
  }

  #search(query: string): StripeAnswer {
    const orderId = /metadata\['orderId'\]:'(?<orderId>[^']+)'/.exec(query)?.groups?.['orderId'];
    const found = [...this.intents.values()].filter(({ metadata }) => metadata['orderId'] === orderId);
    const data = this.searchLags ? [] : found.map(shown);
    return ok({ object: 'search_result', data, has_more: false, url: '/v1/payment_intents/search' });
  }
}

const shown = (intent: Intent): object => ({ ...intentShape, ...intent });

const unexpected = (intent: Intent, what: string): StripeAnswer =>
  refused(
    'payment_intent_unexpected_state',
    `You cannot ${what} this PaymentIntent because it has a status of ${intent.status}.`,
    { payment_intent: shown(intent) },
  );

const notFound = (what: string): StripeAnswer => ({
  status: 404,
  body: {
    error: { type: 'invalid_request_error', code: 'resource_missing', message: `No such resource: ${what}` },
  },
});

const metadataOf = (form: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...form].flatMap(([name, value]) => {
      const key = /^metadata\[(?<key>\w+)\]$/.exec(name)?.groups?.['key'];
      return key === undefined ? [] : [[key, value]];
    }),
  );
