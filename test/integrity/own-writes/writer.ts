import type { SeededRandom } from '#libs/kernel';
import { type Answer, type Client, someOrder } from '../../systems/client.js';
import { nextStatuses } from '../checks/order-life.js';
import { LatestPositions } from '../latest-positions.js';

export interface WrittenOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: string;
  readonly version: number;
}

export interface WrittenStock {
  readonly sku: string;
  readonly version: number;
  readonly onHand: number;
}

/** The last write, and the position that its command answered with. */
export type Write =
  | { readonly kind: 'order'; readonly order: WrittenOrder; readonly position: string }
  | { readonly kind: 'stock'; readonly stock: WrittenStock; readonly position: string };

/** Few articles, so that each gets several versions. */
const ARTICLES = 5;
/** Orders that are still taken further: the young ones. */
const YOUNG = 8;
const ORDERS_OF_A_CUSTOMER = 20;

/** The one writer of a tenant, one command after the other: what a fresh answer must show is known exactly. */
export class Writer {
  readonly orders = new Map<string, WrittenOrder>();
  readonly stock = new Map<string, WrittenStock>();
  readonly positions = new LatestPositions();

  constructor(
    private readonly commands: Client,
    private readonly random: SeededRandom,
  ) {}

  async write(): Promise<Write> {
    const open = [...this.orders.values()]
      .slice(-YOUNG)
      .filter(({ status }) => nextStatuses(status).length > 0);
    return this.random.weighted<() => Promise<Write>>([
      [3, () => this.create()],
      [open.length > 0 ? 5 : 0, () => this.#step(this.random.pick(open))],
      [2, () => this.#receive(`tea-${this.random.between(1, ARTICLES)}`)],
    ])();
  }

  async create(): Promise<Write> {
    const customerId = `c-${Math.floor(this.orders.size / ORDERS_OF_A_CUSTOMER)}`;
    return this.#keepOrder(await this.commands.post('/v1/orders', someOrder(customerId)), customerId);
  }

  async #step({ orderId, customerId, status }: WrittenOrder): Promise<Write> {
    const next = this.random.pick(nextStatuses(status));
    return this.#keepOrder(await this.commands.step(orderId, next), customerId);
  }

  async #receive(sku: string): Promise<Write> {
    const quantity = this.random.between(1, 9);
    const answer = await this.commands.post(`/v1/stock/${sku}/receipts`, { quantity });
    const position = this.#positionOf(answer);
    const { version } = answer.body as WrittenStock;
    const stock = { sku, version, onHand: (this.stock.get(sku)?.onHand ?? 0) + quantity };
    this.stock.set(sku, stock);
    return { kind: 'stock', stock, position };
  }

  #keepOrder(answer: Answer, customerId: string): Write {
    const position = this.#positionOf(answer);
    const { orderId, version, status } = answer.body as WrittenOrder;
    const order = { orderId, customerId, version, status };
    this.orders.set(orderId, order);
    return { kind: 'order', order, position };
  }

  #positionOf({ status, headers, body }: Answer): string {
    if (status !== 200 && status !== 201) throw new Error(`a command: ${status} ${JSON.stringify(body)}`);
    const position = headers.get('orderstream-position') ?? '';
    this.positions.add(position);
    return position;
  }
}
