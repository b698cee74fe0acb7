import type { Clock } from '#libs/kernel';
import type { Agenda } from './agenda.js';
import { cartItemsOf, checkoutBodyOf, type Journey, orderBodyOf } from './journey.js';
import type { PatientClient } from './patient-client.js';
import { Latencies } from './latencies.js';

interface OrderAnswer {
  readonly orderId: string;
}

/** Creates an order, as does a checkout. */
interface Creation {
  readonly path: string;
  readonly body: object;
  readonly key: string;
}

/** Plays the customers, with carts and without. */
export class Customers {
  /** When each journey first asked for its order, on the monotonic clock. */
  readonly askedAt = new Map<number, number>();
  readonly answered = new Set<string>();
  readonly latencies = new Latencies();
  unanswered = 0;
  cartsLeft = 0;

  constructor(
    private readonly client: PatientClient,
    private readonly agenda: Agenda,
    private readonly clock: Clock,
    private readonly prefix: string,
  ) {}

  async play(journey: Journey): Promise<void> {
    if (journey.cart === null)
      return this.#order(journey, {
        path: '/v1/orders',
        body: orderBodyOf(journey),
        key: `${this.prefix}-${journey.number}-order`,
      });
    await this.#fillCart(journey);
    switch (journey.cart) {
      case 'checks-out':
        return this.#checkOut(journey);
      case 'leaves':
        this.cartsLeft++;
        return;
      case 'returns':
        this.agenda.after(journey.returnsAfter, 'is-dropped', () => this.#return(journey));
    }
  }

  async #order(journey: Journey, creation: Creation): Promise<void> {
    const { number, cancelsAfter } = journey;
    const start = this.clock.monotonic();
    this.askedAt.set(number, start);
    this.unanswered++;
    const answers = await Promise.all(
      Array.from({ length: journey.isSentTwice ? 2 : 1 }, () =>
        this.client.send<OrderAnswer>({ method: 'POST', ...creation }),
      ),
    );
    const received = answers.filter((answer) => answer !== undefined);
    if (received.length === 0) return;
    this.unanswered--;
    this.latencies.add(this.clock.monotonic() - start);
    const ids = new Set(received.filter(({ isSuccess }) => isSuccess).map(({ body }) => body.orderId));
    // A second click must not make a second order.
    if (ids.size > 1) this.client.surprise(`journey ${number} made two orders: ${[...ids].join(', ')}`);
    const [orderId] = ids;
    // A refusal is a surprise already.
    if (orderId === undefined) return;
    this.answered.add(orderId);
    if (cancelsAfter === null) return;
    const path = `/v1/orders/${orderId}/status`;
    const body = { status: 'cancelled', reason: 'The customer changed their mind.' };
    const key = `${this.prefix}-${number}-cancel`;
    this.agenda.after(
      cancelsAfter,
      journey.payment === 'never-answered' ? 'starts-at-once' : 'is-dropped',
      async () => {
        // It may be too late for that, or somebody else may have cancelled it.
        await this.client.send({ method: 'PATCH', path, body, key, expected: [409] });
      },
    );
  }

  #cartPath({ number }: Journey): string {
    return `/v1/carts/${this.prefix}-cart-${number}`;
  }

  async #fillCart(journey: Journey): Promise<void> {
    const path = this.#cartPath(journey);
    const { customer, currency, changesMind, number } = journey;
    const items = cartItemsOf(journey);
    await this.client.send({
      method: 'PUT',
      path,
      body: { customer, currency },
      key: `${this.prefix}-${number}-cart`,
    });
    for (const [index, item] of items.entries()) await this.#setItem(journey, item, `set-${index}`);
    const [first] = items;
    if (!changesMind || !first) return;
    const itemPath = `${path}/items/${encodeURIComponent(first.sku)}`;
    await this.client.send({ method: 'DELETE', path: itemPath, key: `${this.prefix}-${number}-remove` });
    await this.#setItem(journey, first, 'set-again');
  }

  async #setItem(
    journey: Journey,
    { sku, quantity, unitPrice }: Journey['items'][number],
    step: string,
  ): Promise<void> {
    await this.client.send({
      method: 'PUT',
      path: `${this.#cartPath(journey)}/items/${encodeURIComponent(sku)}`,
      body: { quantity, unitPrice },
      key: `${this.prefix}-${journey.number}-${step}`,
    });
  }

  async #return(journey: Journey): Promise<void> {
    const [item] = cartItemsOf(journey);
    if (item) await this.#setItem(journey, { ...item, quantity: item.quantity + 1 }, 'set-on-return');
    await this.#checkOut(journey);
  }

  #checkOut(journey: Journey): Promise<void> {
    return this.#order(journey, {
      path: `${this.#cartPath(journey)}/checkout`,
      body: checkoutBodyOf(journey),
      key: `${this.prefix}-${journey.number}-checkout`,
    });
  }
}
