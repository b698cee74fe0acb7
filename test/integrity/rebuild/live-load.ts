import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, someOrder } from '../../systems/client.js';
import { nextStatuses } from '../checks/order-life.js';

const WRITERS = 2;
const READERS = 2;
const WRITE_PAUSE_MS = 50;
const READ_PAUSE_MS = 10;
const CUSTOMERS = 5;

const ACTIVITIES = [
  'orders created',
  'steps of orders',
  'reads of orders',
  'reads of lists',
  'reads of statistics',
] as const;
type Activity = (typeof ACTIVITIES)[number];

const customer = (index: number): string => `live-${index % CUSTOMERS}`;

interface Order {
  readonly orderId: string;
  readonly status: string;
}

/** Writers and readers at a moderate rate, until they are stopped. */
export class LiveLoad {
  readonly violations: string[] = [];
  readonly counts: Partial<Record<Activity, number>> = {};
  #isStopped = false;
  #running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly commands: Client,
    private readonly queries: Client,
    /** Orders that queries can see already. */
    private readonly orderIds: readonly string[],
  ) {}

  start(): void {
    const customers = Array.from({ length: CUSTOMERS }, (_, index) => customer(index));
    const readers = Array.from({ length: READERS }, () => {
      const reader = new Reader(this.queries, this.violations);
      return [
        () => this.#counted('reads of orders', reader.order(pick(this.orderIds))),
        () => this.#counted('reads of lists', reader.list(pick(customers))),
        () => this.#counted('reads of statistics', reader.statistics()),
      ];
    });
    this.#running = Promise.all([
      ...readers.flat().map((read) => this.#repeat(read, READ_PAUSE_MS)),
      ...Array.from({ length: WRITERS }, (_, writer) => this.#write(writer)),
    ]);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
    const missing = ACTIVITIES.filter((name) => !this.counts[name]);
    this.violations.push(...missing.map((name) => `nothing was proved: no ${name}`));
  }

  /** Creates orders, and takes this writer's share of the orders that are read further along. */
  async #write(writer: number): Promise<void> {
    const open = this.orderIds.flatMap((orderId, index) =>
      index % WRITERS === writer ? [{ orderId, status: 'created' }] : [],
    );
    let turn = 0;
    await this.#repeat(async () => {
      const created = await this.#command('orders created', () =>
        this.commands.post('/v1/orders', someOrder(customer(turn++))),
      );
      const older = open.shift();
      for (const order of older ? [created, older] : [created]) {
        const [next] = order ? nextStatuses(order.status) : [];
        if (!order || !next) continue;
        const stepped = await this.#command('steps of orders', () => this.commands.step(order.orderId, next));
        if (stepped && order === older) open.push(stepped);
      }
    }, WRITE_PAUSE_MS);
  }

  async #command(name: Activity, send: () => ReturnType<Client['request']>): Promise<Order | undefined> {
    const answer = await send();
    this.#count(name);
    if (answer.status === 200 || answer.status === 201) return answer.body as Order;
    this.violations.push(`${name}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return undefined;
  }

  async #counted(name: Activity, read: Promise<void>): Promise<void> {
    await read;
    this.#count(name);
  }

  #count(name: Activity): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }

  async #repeat(act: () => Promise<void>, pauseMs: number): Promise<void> {
    while (!this.#isStopped) {
      await act().catch((error: Error) => this.violations.push(`no answer: ${error.message}`));
      await sleep(pauseMs);
    }
  }
}

function pick<Item>(items: readonly Item[]): Item {
  return items[Math.floor(Math.random() * items.length)] as Item;
}

const MOST_LISTED = 500;

interface OrderShown {
  readonly orderId: string;
  readonly version: number;
}

/** Asks, and remembers what it saw: whatever is built meanwhile, no query fails, and nothing goes back. */
class Reader {
  readonly #seen = new Map<string, number>();

  constructor(
    private readonly queries: Client,
    private readonly violations: string[],
  ) {}

  /** Reads an order that already existed. */
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
