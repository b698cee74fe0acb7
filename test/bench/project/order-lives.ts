import type { EventToEncode } from '#libs/contracts';
import { newId } from '#libs/kernel';
import type { OrderEvent } from '#libs/orders';
import type { CreateOrderBody } from '#libs/orders/http';
import { ORDER } from '../ingest/order.js';
import { benchMetadata, orderCreated } from '../ingest/order-created.js';

type Step = Exclude<OrderEvent['type'], 'order.created'>;

const WAY: readonly Step[] = ['order.confirmed', 'order.shipped', 'order.delivered', 'order.completed'];
/** Which way orders go, in turns: two steps on average. */
const LIVES: readonly (readonly Step[])[] = [
  WAY.slice(0, 2),
  WAY.slice(0, 3),
  WAY.slice(0, 1),
  WAY.slice(0, 2),
  WAY,
  [],
  WAY.slice(0, 2),
  ['order.confirmed', 'order.cancelled'],
];
const CUSTOMERS = 10_000;
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD'];
/** The least number of events between two steps of an order, and how many more there may be. */
const GAP = 300;
const GAP_SPREAD = 400;
const BEGINNING = Date.parse('2026-01-01T00:00:00.000Z');
/** 100,000 events in some seven hours. */
const MS_BETWEEN = 250;

/** What every event of an order says of it. */
interface Worth {
  readonly customerId: string;
  readonly currency: string;
  readonly total: number;
}

interface Order {
  readonly orderId: string;
  readonly steps: readonly Step[];
  readonly correlationId: string;
  readonly worth: Worth;
  version: number;
}

/** The events of a shop in the order in which they happen: always the same, but for the ids. */
export class OrderLives {
  readonly #due = new Map<number, Order[]>();
  readonly #waiting: Order[] = [];
  #events = 0;
  #orders = 0;

  get events(): number {
    return this.#events;
  }

  get orders(): number {
    return this.#orders;
  }

  next(): EventToEncode {
    const at = this.#events++;
    this.#waiting.push(...(this.#due.get(at) ?? []));
    this.#due.delete(at);
    const order = this.#waiting.shift();
    return order ? this.#step(order, at) : this.#create(at);
  }

  #create(at: number): EventToEncode {
    const index = this.#orders++;
    const orderId = newId();
    const event = orderCreated(orderId, bodyOf(index));
    const metadata = { ...event.metadata, occurredAt: timeOf(at) };
    const { correlationId } = metadata;
    const { customerId, currency, total } = event.data as Worth;
    const worth = { customerId, currency, total };
    this.#await({ orderId, steps: LIVES[index % LIVES.length] ?? [], correlationId, worth, version: 1 }, at);
    return { ...event, metadata };
  }

  #step(order: Order, at: number): EventToEncode {
    const { orderId, steps, correlationId, worth } = order;
    const type = steps[order.version - 1] ?? 'order.confirmed';
    const version = ++order.version;
    this.#await(order, at);
    const eventId = newId();
    const shipment = { trackingNumber: `00340434${at}`, carrier: 'DHL' };
    return {
      type,
      data: {
        orderId,
        reason: null,
        ...worth,
        ...(type === 'order.shipped' && shipment),
        ...(type === 'order.cancelled' && { cause: 'requested' }),
      },
      metadata: benchMetadata({
        eventId,
        streamId: orderId,
        version,
        occurredAt: timeOf(at),
        correlationId,
        commandId: eventId,
        actor: correlationId,
      }),
    };
  }

  #await(order: Order, at: number): void {
    if (order.version > order.steps.length) return;
    const due = at + GAP + ((at * 7_919) % GAP_SPREAD);
    this.#due.set(due, [...(this.#due.get(due) ?? []), order]);
  }
}

const timeOf = (at: number): string => new Date(BEGINNING + at * MS_BETWEEN).toISOString();

function bodyOf(index: number): CreateOrderBody {
  return {
    ...ORDER,
    customer: { ...ORDER.customer, id: `c-${(index * 31) % CUSTOMERS}` },
    currency: CURRENCIES[index % CURRENCIES.length] ?? 'EUR',
    items: ORDER.items.slice(index % 2).map((item) => ({ ...item, quantity: 1 + (index % 5) })),
  };
}
