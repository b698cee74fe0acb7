import { ORDER } from '../ingest/order.js';

export interface OrderRequest {
  readonly method: 'POST' | 'PATCH';
  readonly path: string;
  readonly body: string;
}

/** As large as the bodies of the systems that this one is compared with. */
const BODY_BYTES = 512;
const STEPS = ['confirmed', 'shipped'] as const;
/** Events of one order. */
export const EVENTS_OF_AN_ORDER = 1 + STEPS.length;
/** Stands for a time of 18 digits. */
const SENT_AT = '0'.repeat(18);

/** A body of that size in bytes, cut where the time is to be. */
function template(body: (note: string) => object): readonly [string, string] {
  const padding = BODY_BYTES - JSON.stringify(body('')).length;
  const [before = '', after = ''] = JSON.stringify(body('x'.repeat(padding))).split(SENT_AT);
  return [before, after];
}

const CREATION = template((note) => ({ ...ORDER, metadata: { ...ORDER.metadata, sentAt: SENT_AT, note } }));
const CHANGES = STEPS.map((status) => template((note) => ({ status, reason: `${SENT_AT} ${note}` })));

/** The requests of one customer: an order and its steps, again and again. */
export class OrderLife {
  #orderId = '';
  #next = 0;

  /** @param steps whether orders take any, or are created only */
  constructor(private readonly steps: boolean) {}

  /** @param sentAt as milliseconds since 1970; its event carries it to the endpoint */
  request(sentAt: string): OrderRequest {
    if (this.#next === 0) return { method: 'POST', path: '/v1/orders', body: CREATION.join(sentAt) };
    const body = CHANGES[this.#next - 1]?.join(sentAt) ?? '';
    return { method: 'PATCH', path: `/v1/orders/${this.#orderId}/status`, body };
  }

  /** @param answer the body @returns the order's id */
  succeeded(answer: string): string {
    if (this.#next === 0) this.#orderId = (JSON.parse(answer) as { readonly orderId: string }).orderId;
    this.#next = this.steps ? (this.#next + 1) % EVENTS_OF_AN_ORDER : 0;
    return this.#orderId;
  }

  /** Goes on with a new order: what has become of this one is unknown. */
  failed(): void {
    this.#next = 0;
  }
}
