import type { OrderStatus } from '#libs/orders';

/** An item of `GET /v1/events`. */
export interface ApiEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly data: Readonly<Record<string, unknown>>;
}

const STEPS: readonly OrderStatus[] = ['created', 'confirmed', 'shipped', 'delivered', 'completed'];

export interface OrderAccount {
  readonly orderId: string;
  /** `undefined` until `order.created` is read: events of other topics may come first. */
  status: OrderStatus | undefined;
  cause: string | null;
  /** Also of an order that was cancelled later. */
  wasConfirmed: boolean;
  /** Number of the journey, from the metadata. */
  journey: number | undefined;
  currency: string;
  total: number;
  hasEmail: boolean;
  /** Lines of one sku are added up. */
  quantities: ReadonlyMap<string, number>;
  captured: number;
  refunded: number;
  /** Mails that were sent, by template. */
  readonly mails: Map<string, number>;
}

export interface StockAccount {
  received: number;
  adjusted: number;
  shipped: number;
  /** Units that each order has reserved. */
  readonly held: Map<string, number>;
}

/** The books of a run, kept by its events. Events may come more than once; each counts once. */
export class Books {
  readonly orders = new Map<string, OrderAccount>();
  readonly stock = new Map<string, StockAccount>();
  readonly counts: Record<OrderStatus, number> = {
    created: 0,
    confirmed: 0,
    shipped: 0,
    delivered: 0,
    completed: 0,
    cancelled: 0,
  };
  /** Events that the rules forbid, as sentences. */
  readonly unlawful: string[] = [];
  readonly #seen = new Set<string>();

  /** @param prefix of the customers and skus of this run */
  constructor(private readonly prefix: string) {}

  /** @returns whether the event is one of this run and new */
  take({ eventId, eventType, data }: ApiEvent): boolean {
    const { customerId, sku } = data as { customerId?: unknown; sku?: unknown };
    const owner = [customerId, sku].find((id) => typeof id === 'string');
    if (!owner?.startsWith(`${this.prefix}-`) || this.#seen.has(eventId)) return false;
    this.#seen.add(eventId);
    const [topic] = eventType.split('.');
    if (topic === 'stock') this.#takeStock(eventType, data as unknown as StockFacts);
    else if (topic === 'order') this.#takeOrder(eventType, data as unknown as OrderFacts);
    else if (topic === 'payment') this.#takePayment(eventType, data as unknown as PaymentEventFacts);
    else if (eventType === 'email.sent') this.#takeMail(data as unknown as MailFacts);
    return true;
  }

  #order(orderId: string): OrderAccount {
    const known = this.orders.get(orderId) ?? {
      orderId,
      status: undefined,
      cause: null,
      wasConfirmed: false,
      journey: undefined,
      currency: '',
      total: 0,
      hasEmail: false,
      quantities: new Map(),
      captured: 0,
      refunded: 0,
      mails: new Map<string, number>(),
    };
    this.orders.set(orderId, known);
    return known;
  }

  #takeOrder(eventType: string, facts: OrderFacts): void {
    const order = this.#order(facts.orderId);
    const status = eventType.slice('order.'.length) as OrderStatus;
    if (!isLawful(order.status, status))
      this.unlawful.push(`${eventType} of ${order.orderId}, which was ${order.status ?? 'unknown'}`);
    if (status === 'created') {
      order.currency = facts.currency;
      order.total = facts.total;
      order.hasEmail = Boolean(facts.customer?.email);
      order.quantities = quantitiesOf(facts.items ?? []);
      order.journey =
        facts.metadata?.['journey'] === undefined ? undefined : Number(facts.metadata['journey']);
    }
    if (status === 'confirmed') order.wasConfirmed = true;
    if (status === 'cancelled') order.cause = facts.cause ?? null;
    if (order.status) this.counts[order.status]--;
    this.counts[status]++;
    order.status = status;
  }

  #takePayment(eventType: string, { orderId, amount }: PaymentEventFacts): void {
    const order = this.#order(orderId);
    if (eventType === 'payment.captured') order.captured += amount ?? 0;
    if (eventType === 'payment.refunded') order.refunded += amount ?? 0;
  }

  #takeMail({ orderId, template }: MailFacts): void {
    if (!orderId) return;
    const { mails } = this.#order(orderId);
    mails.set(template, (mails.get(template) ?? 0) + 1);
  }

  #takeStock(eventType: string, { sku, quantity = 0, orderId = '' }: StockFacts): void {
    const account = this.stock.get(sku) ?? {
      received: 0,
      adjusted: 0,
      shipped: 0,
      held: new Map<string, number>(),
    };
    this.stock.set(sku, account);
    const { held } = account;
    switch (eventType) {
      case 'stock.received':
        account.received += quantity;
        break;
      case 'stock.adjusted':
        account.adjusted += quantity;
        break;
      case 'stock.reserved':
        held.set(orderId, (held.get(orderId) ?? 0) + quantity);
        break;
      case 'stock.released':
      case 'stock.shipped':
        if (eventType === 'stock.shipped') account.shipped += quantity;
        if ((held.get(orderId) ?? 0) < quantity)
          this.unlawful.push(
            `${eventType} of ${quantity} ${sku} for ${orderId}, which held ${held.get(orderId) ?? 0}`,
          );
        held.set(orderId, (held.get(orderId) ?? 0) - quantity);
        if (held.get(orderId) === 0) held.delete(orderId);
        break;
      default:
    }
  }
}

interface OrderFacts {
  readonly orderId: string;
  readonly currency: string;
  readonly total: number;
  readonly customer?: { readonly email?: string | null };
  readonly items?: readonly { readonly sku: string; readonly quantity: number }[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly cause?: string | null;
}

interface PaymentEventFacts {
  readonly orderId: string;
  readonly amount?: number;
}

interface MailFacts {
  readonly orderId: string | null;
  readonly template: string;
}

interface StockFacts {
  readonly sku: string;
  readonly quantity?: number;
  readonly orderId?: string;
}

function quantitiesOf(items: NonNullable<OrderFacts['items']>): Map<string, number> {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return quantities;
}

/** `created → confirmed → shipped → delivered → completed`; `cancelled` from any before `shipped`. */
function isLawful(from: OrderStatus | undefined, to: OrderStatus): boolean {
  if (from === undefined) return to === 'created';
  if (to === 'cancelled') return from === 'created' || from === 'confirmed';
  if (from === 'cancelled') return false;
  return STEPS.indexOf(to) === STEPS.indexOf(from) + 1;
}

/** Confirmed or later, and not cancelled. */
export const isSold = ({ status }: OrderAccount): boolean =>
  status !== undefined && status !== 'cancelled' && status !== 'created';

export const isOpen = ({ status }: OrderAccount): boolean => status === undefined || status === 'created';
