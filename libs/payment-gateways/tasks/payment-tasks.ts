import type { OnApplicationShutdown } from '@nestjs/common';
import { v5 } from 'uuid';
import { type Commands, type ProcessCause as Cause, processRequest } from '#libs/commands';
import type { AcceptedCommand, CommandRequest } from '#libs/event-store/core';
import { type RetryPorts, systemClock } from '#libs/kernel';
import {
  type AuthorizeAnswer,
  type CaptureAnswer,
  causeOfWords,
  type ExistingPayment,
  type GatewayPayment,
  GatewayUnavailableError,
  hasPayment,
  isClosed,
  isRefunded,
  PAYMENT_AGGREGATE,
  type PaymentCommand,
  type PaymentFacts,
  type PaymentGateway,
  type PaymentState,
  type RefundAnswer,
  type RefundCall,
  type VoidAnswer,
} from '#libs/payments';
import { ProblemException, type Tracing } from '#libs/platform';
import {
  authorizationKnown,
  authorizationRecorded,
  captureKnown,
  captureRecorded,
  done,
  type PaymentTaskAnswer,
  taskRefused,
} from './gateway-answers.js';
import { type AskedRefund, RefundLookups } from './refund-lookups.js';
import { tracedGateway } from './traced-gateway.js';

type CheckRefundCommand = AskedRefund['check']['command'];

/** What a process wants done for the payment of an order. */
export interface PaymentTask extends PaymentFacts {
  /** Origin of the process's command, whose id is the same on a repeat. */
  readonly cause: Cause;
  /** The task was certainly never tried before, so nothing has to be looked up at the gateway. Default: false. */
  readonly isFirstAttempt?: boolean;
}

export interface AuthorizeTask extends PaymentTask {
  readonly token: string | null;
  /** Country of the card, ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

const NOT_ASKED: GatewayPayment = { status: 'none', reference: null, captured: 0, refunds: [], reason: null };
const CLOSING_REFUNDS = 'b1a1c58d-28f4-4a3b-9a39-6ad7b5a1f0c2';
/** Another task can win the race, such as a capture against the void; then the payment is looked up again. */
const CLOSE_ROUNDS = 3;

const keyOf = (orderId: string, ...step: readonly string[]): string => [orderId, ...step].join('/');

const factsOf = ({ orderId, customerId, currency, total }: PaymentFacts): PaymentFacts => ({
  orderId,
  customerId,
  currency,
  total,
});

/**
 * Moves money for process managers and operators: looks at the payment, calls the gateway, records what that answered. Every
 * task can be repeated: what is recorded is not done again, and what the gateway may have done is looked up first. Throws
 * GatewayUnavailableError and GatewayOutcomeUnknownError, and what `Commands` throws; the task must then be repeated.
 */
export class PaymentTasks implements OnApplicationShutdown {
  readonly #lookups: RefundLookups;

  constructor(
    private readonly commands: Pick<Commands, 'send' | 'look' | 'execute'>,
    private readonly gateway: PaymentGateway,
    private readonly tracing: Tracing,
    ports: RetryPorts = { clock: systemClock, random: Math.random },
  ) {
    this.#lookups = new RefundLookups((refund) => this.#recordIfMade(refund), ports);
  }

  onApplicationShutdown(): void {
    this.#lookups.stop();
  }

  /** Has the total held. An authorization that arrives after {@link close} is voided. */
  async authorize(task: AuthorizeTask): Promise<PaymentTaskAnswer> {
    const state = await this.#look(task);
    if (state.status !== 'none' && state.status !== 'pending') return authorizationRecorded(state);
    const { orderId, token, country, total: amount, currency } = task;
    const idempotencyKey = keyOf(orderId, 'authorize');
    const answer =
      authorizationKnown(await this.#knownOf(task, null)) ??
      (await this.#gatewayFor(task.cause).authorize({
        tenant: task.cause.tenant,
        orderId,
        amount,
        currency,
        token,
        country,
        idempotencyKey,
      }));
    const recorded = await this.#record(task.cause, this.#authorizationCommand(task, answer));
    if (recorded.ok) return authorizationRecorded(recorded.value.stream.state);
    if (recorded.problem.code === 'payment-closed' && answer.result !== 'declined')
      await this.#void(task, answer.reference);
    return taskRefused(recorded.problem.code, recorded.problem.detail);
  }

  /** Takes the money that is held. */
  async capture(task: PaymentTask): Promise<PaymentTaskAnswer> {
    const state = await this.#look(task);
    if (state.status !== 'authorized' || state.reference === null) return captureRecorded(state);
    const { orderId, total: amount, currency } = task;
    const { reference } = state;
    const idempotencyKey = keyOf(orderId, 'capture');
    const answer =
      captureKnown(await this.#knownOf(task, reference)) ??
      (await this.#gatewayFor(task.cause).capture({
        tenant: task.cause.tenant,
        orderId,
        amount,
        currency,
        reference,
        idempotencyKey,
      }));
    const recorded = await this.#record(
      task.cause,
      answer.result === 'captured'
        ? { type: 'record-capture', orderId, amount: answer.amount }
        : this.#failureCommand(task, answer),
    );
    return recorded.ok
      ? captureRecorded(recorded.value.stream.state)
      : taskRefused(recorded.problem.code, recorded.problem.detail);
  }

  /** Gives back whatever the gateway holds or has taken, and closes the payment against all that comes late. */
  async close(task: PaymentTask, reason: string | null): Promise<PaymentTaskAnswer> {
    for (let round = 0; round < CLOSE_ROUNDS; round++) {
      const state = await this.#look(task);
      if (isClosed(state) && !(hasPayment(state) && state.holdsMoney))
        return done(state.status === 'refunded' ? 'refunded' : 'voided');
      const recordVoid = { type: 'record-void', ...factsOf(task), reason } as const;
      const reference = hasPayment(state) ? state.reference : null;
      const known = await this.#gatewayFor(task.cause).find(task.orderId, reference);
      if (known.captured > 0) {
        const payment = await this.#caughtUp(task, state, known);
        await this.#refundRest(task, known, reason);
        if (payment.captured > 0 || (await this.#record(task.cause, recordVoid)).ok) return done('refunded');
        continue;
      }
      if (hasPayment(state) && state.captured > 0)
        throw new Error(`The gateway does not know of the capture of order ${task.orderId}.`);
      if ((await this.#void(task, known.reference ?? reference)).result === 'captured') continue;
      if ((await this.#record(task.cause, recordVoid)).ok) return done('voided');
    }
    throw new Error(`The payment of order ${task.orderId} changes while it is being closed.`);
  }

  /** Closes a payment for which the gateway was never asked, so that it never will be. */
  async forgo(task: PaymentTask, reason: string | null): Promise<PaymentTaskAnswer> {
    const state = await this.#look(task);
    const recordVoid = { type: 'record-void', ...factsOf(task), reason } as const;
    if (!hasPayment(state) && (await this.#record(task.cause, recordVoid)).ok) return done('voided');
    return this.close(task, reason);
  }

  /** Has a person review the payment before it reaches the gateway. */
  async flag(task: PaymentTask, reason: string): Promise<PaymentTaskAnswer> {
    const state = await this.#look(task);
    if (state.status === 'in-review') return done('in-review', state.reason);
    const command = {
      type: 'flag-payment',
      ...factsOf(task),
      reason,
      gateway: null,
      reference: null,
    } as const;
    const recorded = await this.#record(task.cause, command);
    return recorded.ok
      ? done('in-review', reason)
      : taskRefused(recorded.problem.code, recorded.problem.detail);
  }

  /**
   * Refunds for an operator. The check and the record of the refund go under the client's idempotency key, so a retry gets
   * the first answer. A refund whose outcome stays unknown is looked up in the background.
   * @throws ProblemException if the refund is refused
   */
  async refund(
    check: CommandRequest<CheckRefundCommand>,
    reason: string | null,
  ): Promise<AcceptedCommand<PaymentState>> {
    const { command, expectedVersion: _, ...origin } = check;
    const { orderId, refundId } = command;
    const checked = await this.commands.execute(PAYMENT_AGGREGATE, check);
    const { state } = checked.stream;
    // The check is accepted for payments only.
    if (!hasPayment(state) || isRefunded(state, refundId)) return checked;
    const { reference, currency } = state;
    if (reference === null) throw new Error(`The payment of order ${orderId} has no reference.`);
    const cause = { ...origin, commandId: `refund ${refundId}` };
    let payment = state;
    const gateway = this.#gatewayFor(cause);
    let known = await gateway.find(orderId, reference);
    for (;;) {
      const { refunds } = known;
      const earlier = refunds.find((refund) => refund.refundId === refundId);
      const others = refunds.filter((refund) => refund !== earlier);
      payment = await this.#caughtUp({ ...state, cause }, payment, { ...known, refunds: others });
      if (earlier) return this.#recordRefund({ check, reason }, earlier.amount);
      if (isRefunded(payment, refundId)) return this.#recordedRefund(check);
      const allowed = PAYMENT_AGGREGATE.decider.decide(command, payment);
      if (!allowed.ok) throw new ProblemException(allowed.problem.code, allowed.problem.detail);
      const amount = command.amount ?? payment.captured - payment.refunded;
      const idempotencyKey = keyOf(orderId, 'refund', refundId, String(amount));
      const { tenant } = origin;
      const call = { tenant, orderId, amount, currency, reference, refundId, idempotencyKey };
      const made = await this.#makeRefund({ check, reason }, call);
      if ('stream' in made) return made;
      known = await gateway.find(orderId, reference);
      // Another refund may have been faster. Then the rules say what is left for this one.
      if (known.refunds.length === refunds.length) throw new ProblemException('refund-declined', made.reason);
    }
  }

  /** Records what happened at the gateway without us, such as a review that was closed there or a refund made there. */
  async reconcile(cause: Cause, orderId: string): Promise<void> {
    const { state } = await this.commands.look(PAYMENT_AGGREGATE, orderId, cause.tenant);
    // Before its first event, a task is at work, or has yet to look the payment up.
    if (!hasPayment(state) || state.reference === null) return;
    const known = await this.gateway.find(orderId, state.reference);
    const task = { ...factsOf(state), cause };
    const current = await this.#caughtUp(task, state, known);
    const isOver = known.status === 'voided';
    const reason = isOver ? 'Voided at the gateway.' : 'Approved at the gateway.';
    if (current.status === 'in-review' && (isOver || known.status === 'authorized'))
      await this.#record(cause, {
        type: 'review-payment',
        orderId,
        decision: isOver ? 'reject' : 'approve',
        reason,
      });
    if (isOver && current.holdsMoney)
      await this.#record(cause, { type: 'record-void', ...factsOf(task), reason });
  }

  async #makeRefund(
    asked: AskedRefund,
    call: RefundCall,
  ): Promise<AcceptedCommand<PaymentState> | Extract<RefundAnswer, { readonly result: 'declined' }>> {
    try {
      const answer = await this.#gatewayFor(asked.check).refund(call);
      return answer.result === 'declined' ? answer : await this.#recordRefund(asked, call.amount);
    } catch (error) {
      if (!(error instanceof GatewayUnavailableError)) this.#lookups.add(asked);
      throw error;
    }
  }

  async #recordRefund(
    { check, reason }: AskedRefund,
    amount: number,
  ): Promise<AcceptedCommand<PaymentState>> {
    const { command, expectedVersion: _, ...origin } = check;
    const { orderId, refundId } = command;
    const record = { type: 'record-refund', orderId, refundId, amount, reason } as const;
    try {
      return await this.commands.execute(PAYMENT_AGGREGATE, { ...origin, command: record });
    } catch (error) {
      // Whoever looks the payment up records the refunds that it finds.
      const isRecorded = error instanceof ProblemException && error.code === 'refund-already-made';
      if (isRecorded) return this.#recordedRefund(check);
      throw error;
    }
  }

  /** The answer to a refund that is recorded. */
  #recordedRefund({
    expectedVersion: _,
    ...check
  }: CommandRequest<CheckRefundCommand>): Promise<AcceptedCommand<PaymentState>> {
    return this.commands.execute(PAYMENT_AGGREGATE, check);
  }

  /** Records a refund whose outcome is unknown, if the gateway has made it. */
  async #recordIfMade(asked: AskedRefund): Promise<boolean> {
    const { tenant, command } = asked.check;
    const { orderId, refundId } = command;
    const { state } = await this.commands.look(PAYMENT_AGGREGATE, orderId, tenant);
    if (!hasPayment(state) || isRefunded(state, refundId)) return true;
    const known = await this.gateway.find(orderId, state.reference);
    const made = known.refunds.find((refund) => refund.refundId === refundId);
    if (made) await this.#recordRefund(asked, made.amount);
    return made !== undefined;
  }

  async #look({ orderId, cause }: PaymentTask): Promise<PaymentState> {
    return (await this.commands.look(PAYMENT_AGGREGATE, orderId, cause.tenant)).state;
  }

  #knownOf(
    { orderId, isFirstAttempt, cause }: PaymentTask,
    reference: string | null,
  ): Promise<GatewayPayment> {
    return isFirstAttempt ? Promise.resolve(NOT_ASKED) : this.#gatewayFor(cause).find(orderId, reference);
  }

  #gatewayFor({ traceparent }: Pick<Cause, 'traceparent'>): PaymentGateway {
    return tracedGateway(this.gateway, this.tracing, traceparent);
  }

  #record(cause: Cause, command: PaymentCommand, step: string = command.type) {
    const commandId = `${cause.commandId} ${step}`;
    return this.commands.send(
      PAYMENT_AGGREGATE,
      processRequest({ ...cause, commandId }, command.orderId, command),
    );
  }

  #authorizationCommand(task: AuthorizeTask, answer: AuthorizeAnswer): PaymentCommand {
    if (answer.result === 'declined') return this.#failureCommand(task, answer);
    const authorization = { ...factsOf(task), gateway: this.gateway.name, reference: answer.reference };
    return answer.result === 'review'
      ? { type: 'flag-payment', ...authorization, reason: answer.reason }
      : { type: 'record-authorization', ...authorization };
  }

  #failureCommand(
    task: PaymentTask,
    { reason, cause = causeOfWords(reason) }: Extract<CaptureAnswer, { readonly result: 'declined' }>,
  ): PaymentCommand {
    return { type: 'record-failure', ...factsOf(task), gateway: this.gateway.name, reason, cause };
  }

  #void(
    { cause, orderId, total: amount, currency }: PaymentTask,
    reference: string | null,
  ): Promise<VoidAnswer> {
    const idempotencyKey = keyOf(orderId, 'void', ...(reference === null ? [] : [reference]));
    const { tenant } = cause;
    const call = { tenant, orderId, amount, currency, reference, idempotencyKey };
    return this.#gatewayFor(cause).void(call);
  }

  /** Records what happened at the gateway without us, or before a crash kept us from recording it. */
  async #caughtUp(task: PaymentTask, state: PaymentState, known: GatewayPayment): Promise<ExistingPayment> {
    const { orderId, cause } = task;
    const { captured, reference } = known;
    const missing: PaymentCommand[] = [];
    if (captured > 0 && !isClosed(state)) {
      const [gateway, reason] = [this.gateway.name, 'Captured at the gateway.'];
      if ((state.status === 'none' || state.status === 'pending') && reference !== null)
        missing.push({ type: 'record-authorization', ...factsOf(task), gateway, reference });
      if (state.status === 'in-review')
        missing.push({ type: 'review-payment', orderId, decision: 'approve', reason });
      if (!hasPayment(state) || state.captured === 0)
        missing.push({ type: 'record-capture', orderId, amount: captured });
    }
    for (const { refundId, amount } of known.refunds)
      if (!isRefunded(state, refundId))
        missing.push({ type: 'record-refund', orderId, refundId, amount, reason: null });
    for (const command of missing)
      await this.#record(
        cause,
        command,
        'refundId' in command ? `record-refund ${command.refundId}` : undefined,
      );
    const caughtUp = missing.length > 0 ? await this.#look(task) : state;
    if (!hasPayment(caughtUp)) throw new Error(`The payment of order ${orderId} cannot be recorded.`);
    return caughtUp;
  }

  async #refundRest(task: PaymentTask, known: GatewayPayment, reason: string | null): Promise<void> {
    const { orderId, currency, cause } = task;
    const { captured, refunds, reference } = known;
    const amount = refunds.reduce((left, refund) => left - refund.amount, captured);
    if (amount <= 0) return;
    if (reference === null) throw new Error(`The gateway gave no reference of order ${orderId}.`);
    const refundId = v5(orderId, CLOSING_REFUNDS);
    const idempotencyKey = keyOf(orderId, 'refund', refundId, String(amount));
    const { tenant } = cause;
    const call = { tenant, orderId, amount, currency, reference, refundId, idempotencyKey };
    const answer = await this.#gatewayFor(cause).refund(call);
    if (answer.result === 'declined') throw new Error(`The gateway refused the refund: ${answer.reason}`);
    await this.#record(cause, { type: 'record-refund', orderId, refundId, amount, reason });
  }
}
