import { setTimeout as sleep } from 'node:timers/promises';
import { locationOf } from '../../systems/client.js';
import { SeededRandom } from '#libs/kernel';
import { GOODWILL } from './checks/money-checks.js';
import type { PlacedOrder } from './evidence.js';
import type { Tenant } from './tenant.js';

interface ShopOptions {
  readonly seed: number;
  readonly customers: number;
}

interface Line {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

/** Units of a hot article at the beginning, and of each receipt. */
const HOT_UNITS = 15;
const PLAIN_UNITS = 10_000;
const PLAIN_SKUS = ['tea', 'cup', 'pot', 'tray'];
/** Longest pause of a customer, and of the staff. */
const PAUSE_MS = 1_600;
const STAFF_PAUSE_MS = 700;
/** Longest time after which a customer thinks better of it. */
const REGRET_MS = 4_000;
/** Carts are abandoned after six seconds. */
const RETURN_MS = 9_000;

const TOKENS = [
  [24, undefined],
  [28, 'tok_ok'],
  [8, 'tok_decline'],
  [9, 'tok_error_once'],
  [4, 'tok_slow'],
  [8, 'tok_twice'],
  [3, 'tok_timeout'],
  [8, 'tok_review'],
] as const;

/** Customers, reviewers, a warehouse and a stock keeper. What they do, they do whatever happens to the system. */
export class Shop {
  readonly placed: PlacedOrder[] = [];
  readonly counts: Record<string, number> = {};
  readonly #running = new Set<Promise<unknown>>();
  #stopped = false;
  #number = 0;
  /** The article of this number has no stock yet. */
  #late = 1;

  constructor(
    private readonly tenants: readonly Tenant[],
    private readonly options: ShopOptions,
  ) {}

  async open(): Promise<void> {
    await Promise.all(
      this.tenants.flatMap((tenant) => [
        ...['hot-a', 'hot-b'].map((sku) => this.#receive(tenant, sku, HOT_UNITS)),
        ...PLAIN_SKUS.map((sku) => this.#receive(tenant, sku, PLAIN_UNITS)),
      ]),
    );
    const { seed, customers } = this.options;
    const people: ((random: SeededRandom) => Promise<void>)[] = [
      ...Array.from({ length: customers }, () => (random: SeededRandom) => this.#customer(random)),
      (random) => this.#staff(random, (tenant) => this.#review(tenant, random)),
      (random) => this.#staff(random, (tenant) => this.#ship(tenant, random)),
      (random) => this.#staff(random, (tenant) => this.#keepStock(tenant, random)),
    ];
    people.forEach((live, index) => this.#inBackground(live(new SeededRandom(seed * 1_000 + index))));
  }

  /** Resolves when all that was begun is done, too. */
  async close(): Promise<void> {
    this.#stopped = true;
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #inBackground(work: Promise<unknown>): void {
    const running = work.catch(() => this.#count('gave up')).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #count(what: string): void {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
  }

  #key = (): string => `${this.options.seed}-${++this.#number}`;

  async #send(tenant: Tenant, method: string, path: string, body?: unknown, key = this.#key()) {
    const answer = await tenant.commands.request(method, path, body, { 'idempotency-key': key });
    this.#count(`${method} ${path.replace(/\/(?:v1|[^/]*\d[^/]*)(?=\/|$)/g, '')} ${answer.status}`);
    return answer;
  }

  async #customer(random: SeededRandom): Promise<void> {
    while (!this.#stopped) {
      const tenant = random.pick(this.tenants);
      await (random.chance(0.2) ? this.#fillCart(tenant, random) : this.#order(tenant, random));
      await sleep(random.between(100, PAUSE_MS));
    }
  }

  #lines(random: SeededRandom): Line[] {
    const line = (sku: string, quantity = random.between(1, 2)): Line => {
      return { sku, quantity, unitPrice: random.between(100, 5_000) };
    };
    return random.weighted<() => Line[]>([
      [10, () => [line('hot-a')]],
      [12, () => [line('hot-a', 1), line('hot-a', 2)]],
      [12, () => [line('hot-a'), line('hot-b')]],
      [12, () => [line('hot-b'), line('hot-a')]],
      [22, () => [line(random.pick(PLAIN_SKUS))]],
      [14, () => [line('tea'), line('cup'), line('untracked')]],
      [6, () => [line(`late-${this.#late}`), line('pot')]],
      [3, () => [{ ...line('tea'), unitPrice: 0 }]],
    ])();
  }

  #buyer(random: SeededRandom) {
    const id = `c-${random.between(1, 10_000)}`;
    return { id, ...(random.chance(0.9) && { email: `${id}@example.com` }) };
  }

  #payment(random: SeededRandom) {
    const token = random.weighted(TOKENS);
    const isAbroad = random.chance(0.05);
    return {
      ...(token !== undefined && { payment: { token, ...(isAbroad && { country: 'FR' }) } }),
      ...(isAbroad && { shippingAddress: { country: 'DE' } }),
    };
  }

  async #order(tenant: Tenant, random: SeededRandom): Promise<void> {
    const answer = await this.#send(tenant, 'POST', '/v1/orders', {
      customer: this.#buyer(random),
      currency: 'EUR',
      items: this.#lines(random),
      ...this.#payment(random),
    });
    if (answer.status === 201) this.#isPlaced(tenant, (answer.body as { orderId: string }).orderId, random);
  }

  /** Some customers leave their cart, and some of those come back. */
  async #fillCart(tenant: Tenant, random: SeededRandom): Promise<void> {
    const path = `/v1/carts/cart-${this.#key()}`;
    await this.#send(tenant, 'PUT', path, { customer: this.#buyer(random), currency: 'EUR' });
    for (const { sku, quantity, unitPrice } of this.#lines(random)) {
      await this.#send(tenant, 'PUT', `${path}/items/${sku}`, { quantity, unitPrice });
      if (random.chance(0.1)) await this.#send(tenant, 'DELETE', `${path}/items/${sku}`);
    }
    if (random.chance(0.25)) return;
    const checkOut = async (): Promise<void> => {
      const answer = await this.#send(tenant, 'POST', `${path}/checkout`, this.#payment(random));
      if (answer.status === 201) this.#isPlaced(tenant, locationOf(answer).split('/').at(-1) ?? '', random);
    };
    if (random.chance(0.6)) return checkOut();
    const comeBack = async (): Promise<void> => {
      await sleep(random.between(1_000, RETURN_MS));
      await this.#send(tenant, 'PUT', `${path}/items/tea`, { quantity: 1, unitPrice: 700 });
      if (random.chance(0.7)) await checkOut();
    };
    this.#inBackground(comeBack());
  }

  #isPlaced(tenant: Tenant, orderId: string, random: SeededRandom): void {
    this.placed.push({ orderId, tenant: tenant.name });
    if (!random.chance(0.15)) return;
    const regret = async (): Promise<void> => {
      await sleep(random.between(0, REGRET_MS));
      if (random.chance(0.8))
        await this.#send(tenant, 'PATCH', `/v1/orders/${orderId}/status`, { status: 'cancelled' });
      else await this.#send(tenant, 'POST', `/v1/processes/${orderId}/cancel`, { reason: 'regret' });
    };
    this.#inBackground(regret());
  }

  async #staff(random: SeededRandom, work: (tenant: Tenant) => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      await work(random.pick(this.tenants));
      await sleep(random.between(100, STAFF_PAUSE_MS));
    }
  }

  /** Some payments are never looked at, and time out. */
  async #review(tenant: Tenant, random: SeededRandom): Promise<void> {
    const payments = await tenant.list<{ readonly orderId: string }>('/v1/payments?status=in-review&limit=5');
    for (const { orderId } of payments ?? []) {
      if (random.chance(0.2)) continue;
      const decision = random.chance(0.75) ? 'approve' : 'reject';
      await this.#send(tenant, 'POST', `/v1/payments/${orderId}/review`, { decision });
    }
  }

  /** Some orders stay where they are, and some customers get a part of their money back. */
  async #ship(tenant: Tenant, random: SeededRandom): Promise<void> {
    for (const [status, next] of [
      ['shipped', 'delivered'],
      ['confirmed', 'shipped'],
    ]) {
      const orders = await tenant.list<{ readonly orderId: string }>(`/v1/orders?status=${status}&limit=20`);
      for (const { orderId } of orders ?? []) {
        if (random.chance(0.05)) {
          const key = `${GOODWILL}-${this.#key()}`;
          const refund = { amount: random.between(1, 50), reason: key };
          await this.#send(tenant, 'POST', `/v1/payments/${orderId}/refunds`, refund, key);
        }
        if (random.chance(0.3))
          await this.#send(tenant, 'PATCH', `/v1/orders/${orderId}/status`, { status: next });
      }
    }
  }

  async #keepStock(tenant: Tenant, random: SeededRandom): Promise<void> {
    const sku = random.pick(['hot-a', 'hot-b']);
    if (random.chance(0.25)) await this.#receive(tenant, sku, random.between(5, HOT_UNITS));
    if (random.chance(0.15))
      await this.#send(tenant, 'POST', `/v1/stock/${sku}/adjustments`, {
        quantity: random.pick([-2, -1, 1]),
        reason: 'counted',
      });
    if (random.chance(0.05)) {
      const late = `late-${this.#late}`;
      await Promise.all(this.tenants.map((each) => this.#receive(each, late, HOT_UNITS)));
      this.#late++;
    }
  }

  async #receive(tenant: Tenant, sku: string, quantity: number): Promise<void> {
    await this.#send(tenant, 'POST', `/v1/stock/${sku}/receipts`, { quantity });
  }
}
