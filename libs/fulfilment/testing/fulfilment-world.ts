import { STOCK_AGGREGATE, type StockItem } from '#libs/inventory';
import { type Decider, type DomainEvent, newId, type RecordedEvent } from '#libs/kernel';
import { ORDER_AGGREGATE } from '#libs/orders';
import { PAYMENT_AGGREGATE, type PaymentState } from '#libs/payments';
import {
  type TargetAnswer,
  exists,
  type ExistingProcess,
  type Process,
  type ProcessCommand,
} from '#libs/processes/core';
import type { FulfilmentPolicy } from '../core/process-policy.js';
import { ORDER_FULFILMENT } from '../core/order-fulfilment/order-fulfilment.js';
import { PROCESS_AGGREGATE } from '../core/process.aggregate.js';
import { lineAnswerOf, lineCommandsOf, stockAnswerOf } from '../core/stock-lines.js';
import type { MailTask, OrderTask, MoneyTask, ScreeningTask, StockTask } from '../core/tasks.js';

const TENANT = 'acme';

/** `silent`: it never answers to an authorization. */
export type GatewayMood = 'ok' | 'decline' | 'review' | 'silent';

export interface WorldCommand {
  readonly processId: string;
  readonly commandId: string;
  readonly target: string;
  readonly payload: { readonly type: string };
}

interface StreamOf<State> {
  readonly version: number;
  readonly state: State;
}

type AnyDecider = Decider<unknown, never, DomainEvent>;

export const POLICY: FulfilmentPolicy = {
  whenUntracked: 'reject',
  screens: true,
  paymentTimeoutMs: 1_000,
  reviewTimeoutMs: 5_000,
  completeAfterMs: 100,
};

/**
 * The deciders of orders, stock, payments and processes in one memory, without the engine: nothing remembers command ids, so
 * every repeat meets the rules themselves. A test decides what arrives when, how often, and what gets lost.
 */
export class FulfilmentWorld {
  now = 1_000_000;
  /** All events but those of processes, in order. */
  readonly log: RecordedEvent[] = [];
  readonly sent: WorldCommand[] = [];
  readonly mails: MailTask[] = [];
  readonly #streams = new Map<string, StreamOf<unknown>>();

  constructor(
    readonly mood: GatewayMood = 'ok',
    readonly isSuspicious = false,
    readonly policy: FulfilmentPolicy = POLICY,
  ) {}

  createOrder(orderId: string, items: readonly { readonly sku: string; readonly quantity: number }[]): void {
    this.must(ORDER_AGGREGATE, orderId, {
      type: 'create-order',
      orderId,
      customer: { id: 'c-1', email: 'ada@example.com', name: null },
      currency: 'EUR',
      items: items.map((item) => ({ ...item, unitPrice: 100 })),
      shippingAddress: null,
      metadata: {},
      payment: null,
      fulfilment: true,
    });
  }

  receive(sku: string, quantity: number): void {
    this.must(STOCK_AGGREGATE, sku, { type: 'receive-stock', sku, quantity });
  }

  /** Moves an order as an operator would; a forbidden step changes nothing. */
  patch(orderId: string, status: 'confirmed' | 'shipped' | 'delivered' | 'cancelled'): boolean {
    const command = {
      type: 'change-order-status',
      orderId,
      status,
      reason: null,
      trackingNumber: null,
      carrier: null,
    } as const;
    return this.run(ORDER_AGGREGATE, orderId, command) !== undefined;
  }

  review(orderId: string, decision: 'approve' | 'reject'): void {
    this.run(PAYMENT_AGGREGATE, orderId, { type: 'review-payment', orderId, decision, reason: null });
  }

  stock(sku: string): StockItem {
    return this.#of(STOCK_AGGREGATE, sku).state as StockItem;
  }

  payment(orderId: string): PaymentState {
    return this.#of(PAYMENT_AGGREGATE, orderId).state as PaymentState;
  }

  orderStatus(orderId: string): string {
    return (this.#of(ORDER_AGGREGATE, orderId).state as { readonly status: string }).status;
  }

  process(processId: string): ExistingProcess | undefined {
    const state = this.#of(PROCESS_AGGREGATE, processId).state as Process;
    return exists(state) ? state : undefined;
  }

  /** Hands an event to its process, for the first time or again. */
  feed(event: RecordedEvent): void {
    const concern = ORDER_FULFILMENT.concern(event, {
      orders: this.policy,
      carts: { abandonedAfterMs: 1_000 },
    });
    if (!concern) return;
    const { eventId, streamId, version, correlationId } = event.metadata;
    this.input({
      type: 'handle-event',
      processId: concern.processId,
      process: ORDER_FULFILMENT.name,
      at: this.now,
      eventId,
      eventType: event.type,
      stream: `${event.position.topic}/${streamId}`,
      version,
      correlationId,
      event: { ...concern.event },
    });
  }

  input(command: ProcessCommand): void {
    const { processId } = command;
    const before = this.process(processId);
    const stream = this.run(PROCESS_AGGREGATE, processId, command);
    const after = stream?.state as Process | undefined;
    if (!after || !exists(after)) return;
    for (const [commandId, { target, payload }] of Object.entries(after.open))
      if (!before || !(commandId in before.open)) this.sent.push({ processId, commandId, target, payload });
  }

  answer({ processId, commandId }: WorldCommand, answer: TargetAnswer): void {
    this.input({ type: 'handle-answer', processId, process: '', at: this.now, commandId, answer });
  }

  fireTimers(processId: string): void {
    for (const [name, dueAt] of Object.entries(this.process(processId)?.timers ?? {}))
      this.input({ type: 'fire-timer', processId, process: '', at: this.now, name, dueAt });
  }

  /** Carries out the first lines of a command for the stock, as somebody who is killed before the others. */
  executeFirst(lines: number, { target, payload }: WorldCommand): void {
    if (target !== 'stock') return;
    for (const command of lineCommandsOf(payload as StockTask).slice(0, lines))
      this.run(STOCK_AGGREGATE, command.sku, command);
  }

  isSilent({ payload }: WorldCommand): boolean {
    return this.mood === 'silent' && payload.type === 'authorize';
  }

  /** Carries out a command, however often it comes, and hands the answer back, if there is one. */
  send(sent: WorldCommand): TargetAnswer | undefined {
    if (this.isSilent(sent)) return undefined;
    const answer = this.#execute(sent);
    this.answer(sent, answer);
    return answer;
  }

  #execute({ target, payload }: WorldCommand): TargetAnswer {
    switch (target) {
      case 'orders':
        return this.#moveOrder(payload as OrderTask);
      case 'stock':
        return this.#moveStock(payload as StockTask);
      case 'payments':
        return this.#pay(payload as MoneyTask);
      case 'screening':
        return this.#screen(payload as ScreeningTask);
      case 'mail': {
        const mail = payload as MailTask;
        if (!this.mails.some(({ notificationId }) => notificationId === mail.notificationId))
          this.mails.push(mail);
        return done({ result: 'sent' });
      }
      default:
        throw new Error(`there is no target ${target}`);
    }
  }

  #moveOrder(task: OrderTask): TargetAnswer {
    this.run(ORDER_AGGREGATE, task.orderId, task);
    return done({ status: this.orderStatus(task.orderId) });
  }

  #moveStock(task: StockTask): TargetAnswer {
    const lines = lineCommandsOf(task).map((command) => {
      this.run(STOCK_AGGREGATE, command.sku, command);
      return lineAnswerOf(command, this.#of(STOCK_AGGREGATE, command.sku) as StreamOf<StockItem>);
    });
    return stockAnswerOf(lines);
  }

  #screen(_: ScreeningTask): TargetAnswer {
    return this.isSuspicious ? done({ result: 'flagged', reason: 'country' }) : done({ result: 'passed' });
  }

  #pay(task: MoneyTask): TargetAnswer {
    const { orderId } = task;
    const { total } = this.#of(ORDER_AGGREGATE, orderId).state as { readonly total: number };
    const facts = { orderId, customerId: 'c-1', currency: 'EUR', total };
    const before = this.payment(orderId);
    const pay = (command: unknown): void => void this.run(PAYMENT_AGGREGATE, orderId, command);
    if (task.type === 'flag')
      pay({ type: 'flag-payment', ...facts, reason: task.reason, gateway: null, reference: null });
    else if (task.type === 'capture') pay({ type: 'record-capture', orderId, amount: total });
    else if (task.type === 'close' || task.type === 'forgo') {
      if (before.status === 'captured')
        pay({ type: 'record-refund', orderId, refundId: 'close', amount: total, reason: null });
      else pay({ type: 'record-void', ...facts, reason: null });
    } else if (before.status === 'none' || before.status === 'pending') {
      const gateway = { gateway: 'test', reference: 'r-1' };
      if (this.mood === 'ok') pay({ type: 'record-authorization', ...facts, ...gateway });
      else if (this.mood === 'decline')
        pay({ type: 'record-failure', ...facts, gateway: 'test', reason: 'no', cause: 'other' });
      else pay({ type: 'flag-payment', ...facts, ...gateway, reason: 'odd' });
    }
    const { status } = this.payment(orderId);
    const result = status === 'failed' ? 'declined' : status === 'partially-refunded' ? 'captured' : status;
    return done({ result, reason: null });
  }

  must(
    aggregate: { readonly topic: string; readonly decider: unknown },
    streamId: string,
    command: unknown,
  ): void {
    if (!this.run(aggregate, streamId, command)) throw new Error(`refused: ${JSON.stringify(command)}`);
  }

  /** @returns the stream after the command; `undefined` if it was refused */
  run(
    aggregate: { readonly topic: string; readonly decider: unknown },
    streamId: string,
    command: unknown,
  ): StreamOf<unknown> | undefined {
    const { topic } = aggregate;
    const decider = aggregate.decider as AnyDecider;
    let { state, version } = this.#of(aggregate, streamId);
    const decision = decider.decide(command as never, state);
    if (!decision.ok) return undefined;
    for (const event of decision.value) {
      version++;
      state = decider.evolve(state, event);
      if (topic === PROCESS_AGGREGATE.topic) continue;
      this.log.push({
        ...event,
        position: { topic, partition: 0, offset: this.log.length },
        metadata: {
          eventId: newId(),
          streamId: topic === STOCK_AGGREGATE.topic ? `${TENANT}/${streamId}` : streamId,
          version,
          occurredAt: new Date(this.now).toISOString(),
          correlationId: 'c',
          causationId: null,
          commandId: 'x',
          requestHash: null,
          tenant: TENANT,
          actor: 'test',
          traceparent: null,
        },
      });
    }
    // As in the engine, a state survives JSON.
    const stream = { version, state: JSON.parse(JSON.stringify(state)) as unknown };
    this.#streams.set(`${topic}/${streamId}`, stream);
    return stream;
  }

  #of(
    { topic, decider }: { readonly topic: string; readonly decider: unknown },
    streamId: string,
  ): StreamOf<unknown> {
    return (
      this.#streams.get(`${topic}/${streamId}`) ?? {
        version: 0,
        state: (decider as AnyDecider).initialState,
      }
    );
  }
}

const done = (data: Readonly<Record<string, unknown>>): TargetAnswer => ({ outcome: 'done', data });
