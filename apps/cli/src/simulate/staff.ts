import type { Clock } from '#libs/kernel';
import type { Agenda } from './agenda.js';
import type { ApiEvent, Books, OrderAccount } from './books.js';
import { type Article, reorderDelayMs, stocktakingOf } from './catalogue.js';
import type { Journey } from './journey.js';
import { Latencies } from './latencies.js';
import type { PatientClient, PatientRequest } from './patient-client.js';

const CARRIERS = ['DHL', 'UPS', 'PostNL'];
const STOCKTAKING_MS = 5_000;
const REVIEW_BEGINS_MS = 500;

export interface StaffParts {
  readonly client: PatientClient;
  readonly agenda: Agenda;
  readonly clock: Clock;
  readonly books: Books;
  readonly catalogue: readonly Article[];
  readonly prefix: string;
  readonly seed: number;
  readonly journey: (number: number) => Journey;
  /** When the journey asked for its order, on the monotonic clock. */
  readonly askedAt: ReadonlyMap<number, number>;
}

/** Plays all who work on orders: the warehouse, the carriers, and whoever reviews payments. Events tell them what to do. */
export class Staff {
  /** From the first request to the read `order.confirmed`, of payments without a delay of their own. */
  readonly latencies = new Latencies();
  readonly #reorders = new Map<string, number>();

  constructor(private readonly parts: StaffParts) {}

  /** Fills the shelves. */
  async open(): Promise<void> {
    const { catalogue, prefix } = this.parts;
    await Promise.all(
      catalogue.map(async ({ sku, lowAt, batch }) => {
        await this.#receive(sku, batch, `${prefix}-open-${sku}`);
        await this.#send({
          method: 'PUT',
          path: `/v1/stock/${encodeURIComponent(sku)}/threshold`,
          body: { lowAt },
          key: `${prefix}-threshold-${sku}`,
        });
      }),
    );
    this.#takeStock(1);
  }

  hear(event: ApiEvent): void {
    const { eventType, eventId } = event;
    const { orderId, sku } = event.data as { orderId?: string; sku?: string };
    if (sku !== undefined && (eventType === 'stock.low' || eventType === 'stock.depleted'))
      return this.#reorder(sku, eventId);
    const account = orderId === undefined ? undefined : this.parts.books.orders.get(orderId);
    if (orderId === undefined || account === undefined) return;
    switch (eventType) {
      case 'order.confirmed':
        return this.#ship(orderId, this.#journeyOf(account.journey));
      case 'order.shipped':
        return this.#deliver(orderId, this.#journeyOf(account.journey));
      case 'payment.flagged':
        return this.#review(account);
      default:
    }
  }

  #journeyOf(number = 0): Journey {
    return this.parts.journey(number);
  }

  #ship(orderId: string, journey: Journey): void {
    const askedAt = this.parts.askedAt.get(journey.number);
    if (journey.payment === 'plain' && askedAt !== undefined)
      this.latencies.add(this.parts.clock.monotonic() - askedAt);
    const carrier = CARRIERS[journey.number % CARRIERS.length];
    const trackingNumber = `${this.parts.prefix}-${journey.number}`;
    this.#step(orderId, journey.shipsAfter, { status: 'shipped', carrier, trackingNumber });
  }

  #deliver(orderId: string, { deliversAfter }: Journey): void {
    this.#step(orderId, deliversAfter, { status: 'delivered' });
  }

  #step(orderId: string, ms: number, body: { readonly status: string; [field: string]: unknown }): void {
    this.parts.agenda.after(ms, 'is-dropped', () =>
      // The customer may have cancelled it just before.
      this.#send({
        method: 'PATCH',
        path: `/v1/orders/${orderId}/status`,
        body,
        key: `${this.parts.prefix}-${body.status}-${orderId}`,
        expected: [409],
      }),
    );
  }

  #review(account: OrderAccount): void {
    const { agenda, prefix } = this.parts;
    const { orderId } = account;
    // The event of a payment may overtake that of its order, which names the journey: so this looks a little later.
    agenda.after(REVIEW_BEGINS_MS, 'starts-at-once', async () => {
      const { decision, after } = this.#journeyOf(account.journey).review;
      agenda.after(after, 'starts-at-once', () =>
        // The customer may have cancelled it, which closes the payment.
        this.#send({
          method: 'POST',
          path: `/v1/payments/${orderId}/review`,
          body: { decision, reason: 'The simulator looked at it.' },
          key: `${prefix}-review-${orderId}`,
          expected: [409],
        }),
      );
    });
  }

  #reorder(sku: string, eventId: string): void {
    const { agenda, catalogue, prefix, seed } = this.parts;
    const rank = catalogue.findIndex((each) => each.sku === sku);
    const nth = this.#reorders.get(sku) ?? 0;
    this.#reorders.set(sku, nth + 1);
    agenda.after(reorderDelayMs(seed, rank, nth), 'is-dropped', () =>
      this.#receive(sku, catalogue[rank]?.batch ?? 0, `${prefix}-reorder-${eventId}`),
    );
  }

  /** Counts an article now and then, and finds some more or less of it. */
  #takeStock(round: number): void {
    const { agenda, catalogue, prefix, seed } = this.parts;
    agenda.after(STOCKTAKING_MS, 'is-dropped', async () => {
      this.#takeStock(round + 1);
      const { sku, quantity } = stocktakingOf(seed, round, catalogue);
      // Fewer may be available than are missing.
      await this.#send({
        method: 'POST',
        path: `/v1/stock/${encodeURIComponent(sku)}/adjustments`,
        body: { quantity, reason: 'stocktaking' },
        key: `${prefix}-stocktaking-${round}`,
        expected: [409],
      });
    });
  }

  #receive(sku: string, quantity: number, key: string): Promise<void> {
    return this.#send({
      method: 'POST',
      path: `/v1/stock/${encodeURIComponent(sku)}/receipts`,
      body: { quantity },
      key,
    });
  }

  async #send(request: PatientRequest): Promise<void> {
    await this.parts.client.send(request);
  }
}
