import type { GatewayOperation, ShopEvent, ShopEventData, ShopEvidence, ShopTopic } from '../evidence.js';

const TENANT = 'shop';
const READ_AT = 1_000_000;

type Input = Readonly<Record<string, unknown>>;

/** The evidence of a shop, event by event. Time is the number of events so far. */
export class HandMadeShop {
  readonly placed: { orderId: string; tenant: string }[] = [];
  readonly events: ShopEvent[] = [];
  readonly operations: GatewayOperation[] = [];
  readonly mails: { messageId: string; to: string[]; at: number; answered: boolean }[] = [];
  readonly interruptions: { kind: string; at: number; until: number }[] = [];

  get evidence(): ShopEvidence {
    const { placed, events, operations, mails, interruptions } = this;
    return { placed, events, operations, mails, interruptions, readAt: READ_AT };
  }

  get now(): number {
    return this.events.length;
  }

  event(topic: ShopTopic, streamId: string, type: string, data: ShopEventData = {}): ShopEvent {
    const version =
      this.events.filter((each) => each.topic === topic && each.streamId === streamId).length + 1;
    const event: ShopEvent = {
      topic,
      partition: 0,
      offset: this.events.length,
      type,
      streamId,
      version,
      commandId: `command-${this.events.length}`,
      tenant: TENANT,
      occurredAt: this.events.length,
      data,
    };
    this.events.push(event);
    return event;
  }

  order(orderId: string, type: string, data: ShopEventData = {}): void {
    this.event('orders', orderId, `order.${type}`, data);
  }

  created(orderId: string, skus: readonly string[], total = 500): void {
    this.placed.push({ orderId, tenant: TENANT });
    const items = skus.map((sku) => ({ sku, quantity: 1, unitPrice: 100 }));
    this.order(orderId, 'created', {
      items,
      total,
      currency: 'EUR',
      customer: { id: 'c', email: 'c@example.com' },
    });
  }

  stock(sku: string, type: string, quantity: number, orderId?: string): void {
    this.event('inventory', `${TENANT}/${sku}`, `stock.${type}`, {
      sku,
      quantity,
      ...(orderId && { orderId }),
    });
  }

  payment(orderId: string, type: string, data: ShopEventData = {}): void {
    this.event('payments', orderId, `payment.${type}`, { orderId, ...data });
  }

  cart(cartId: string, type: string, data: ShopEventData = {}): void {
    const customer = { id: 'c', email: 'c@example.com' };
    this.event('carts', `${TENANT}/${cartId}`, `cart.${type}`, { cartId, customer, total: 100, ...data });
  }

  gateway(
    operation: GatewayOperation['operation'],
    orderId: string,
    result: string,
    call: Partial<GatewayOperation['call']> = {},
  ): void {
    const reference = operation === 'authorize' ? null : `ref-${orderId}`;
    this.operations.push({
      operation,
      call: {
        orderId,
        amount: 500,
        currency: 'EUR',
        idempotencyKey: `${orderId}/${operation}`,
        reference,
        ...call,
      },
      answer: { result, ...(result !== 'declined' && { reference: `ref-${orderId}` }) },
    });
  }

  /** Taken by the mail server, and recorded. */
  mail(template: string, orderId: string | null, cartId: string | null = null): string {
    const notificationId = `${template}-${orderId ?? cartId}-${this.now}`;
    const messageId = `${notificationId}@shop`;
    this.taken(messageId);
    this.event('notifications', notificationId, 'email.sent', { template, orderId, cartId, messageId });
    return messageId;
  }

  taken(messageId: string, answered = true): void {
    this.mails.push({ messageId, to: [], at: this.now, answered });
  }

  process(processId: string, type: string, input: Input, data: ShopEventData = {}): void {
    this.event('processes', processId, `process.${type}`, {
      processId,
      input: JSON.stringify(input),
      ...data,
    });
  }

  /** A process that begins, sends a command, has its answer, and ends or waits. */
  wholeProcess(processId: string, end: 'advanced' | 'completed' | 'compensated'): void {
    const commandId = `${processId}-sent`;
    const commands = [{ commandId, key: 'reserve' }];
    const timersSet = [{ name: 'payment-timeout', dueAt: 10 }];
    const begun = { type: 'handle-event', eventId: `${processId}-created`, at: 1 };
    this.process(processId, 'started', begun, { commands, timersSet });
    const timersCleared = ['payment-timeout'];
    this.process(processId, end, { type: 'handle-answer', commandId, at: 2 }, { timersCleared });
  }
}
