import type { Client } from '../../systems/client.js';

const MOST_LISTED = 500;

interface OrderShown {
  readonly orderId: string;
  readonly version: number;
}

/** Asks, and remembers what it saw: whatever is built meanwhile, no query fails, and nothing goes back. */
export class Reader {
  readonly #seen = new Map<string, number>();

  constructor(
    private readonly queries: Client,
    private readonly violations: string[],
  ) {}

  /** Of one that was there before. */
  async order(orderId: string): Promise<void> {
    const order = await this.#ask<OrderShown>(`/v1/orders/${orderId}`);
    if (order) this.#neverLess(`the version of order ${orderId}`, order.version);
  }

  /** Orders are never deleted, and none changes its customer. */
  async list(customerId: string): Promise<void> {
    const path = `/v1/orders?customerId=${customerId}&limit=${MOST_LISTED}`;
    const page = await this.#ask<{ items: readonly OrderShown[] }>(path);
    if (!page) return;
    this.#neverLess(`the number of orders of ${customerId}`, page.items.length);
    for (const { orderId, version } of page.items)
      this.#neverLess(`the listed version of ${orderId}`, version);
  }

  /** An order moves from one status to another in one step: over all of them they only get more. */
  async statistics(): Promise<void> {
    const found = await this.#ask<{ items: readonly { orders: number }[] }>('/v1/stats/orders');
    if (!found) return;
    const total = found.items.reduce((sum, { orders }) => sum + orders, 0);
    this.#neverLess('the number of orders in the statistics', total);
  }

  async #ask<Body>(path: string): Promise<Body | undefined> {
    const answer = await this.queries.get(path);
    if (answer.status === 200) return answer.body as Body;
    this.violations.push(`GET ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return undefined;
  }

  #neverLess(what: string, now: number): void {
    const before = this.#seen.get(what) ?? 0;
    if (now < before) this.violations.push(`${what} went back from ${before} to ${now}`);
    this.#seen.set(what, Math.max(now, before));
  }
}
