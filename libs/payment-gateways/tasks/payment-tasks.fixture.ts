import {
  CommandEngine,
  type CommandRequest,
  DEFAULT_WRITER_LIMITS,
  NotOwnerError,
} from '#libs/event-store/core';
import { InMemoryEventLog, plainParts, someRequest } from '#libs/event-store/testing';
import { type Clock, newId, onAbort, systemClock } from '#libs/kernel';
import { PAYMENT_AGGREGATE, type PaymentCommand, type PaymentFacts, type PaymentState } from '#libs/payments';
import { isProblemCode, NO_TRACING, ProblemException } from '#libs/platform';
import { InMemoryGateway } from '../testing/index.js';
import { PaymentTasks } from './payment-tasks.js';

const tenant = 'acme';

/** Time passes when the test says so. */
export class StoppedClock implements Clock {
  /** All that were asked for, in milliseconds. */
  readonly pauses: number[] = [];
  readonly #sleepers = new Set<() => void>();
  readonly now = systemClock.now;
  readonly monotonic = systemClock.monotonic;
  readonly after = systemClock.after;
  readonly every = systemClock.every;

  get sleepers(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    this.pauses.push(ms);
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(wake);
        resolve();
      };
      this.#sleepers.add(wake);
      if (signal) onAbort(signal, wake);
    });
  }

  /** Ends all pauses. */
  elapse(): void {
    for (const wake of this.#sleepers) wake();
  }
}

/** The tasks over an engine and a gateway in memory. */
export async function startPaymentTasks() {
  const log = new InMemoryEventLog('payments', 1);
  const engine = new CommandEngine({
    ...plainParts(),
    aggregate: PAYMENT_AGGREGATE,
    log,
    encode: log.encode,
    peers: { announce: () => undefined, forward: () => Promise.reject(new NotOwnerError()) },
    commandTimeoutMs: 10_000,
    limits: DEFAULT_WRITER_LIMITS,
  });
  await engine.start();
  engine.assigned(0, () => Promise.resolve());

  const send = (request: CommandRequest<PaymentCommand>) => engine.execute(request);
  const commands = {
    send: (_: unknown, request: CommandRequest<PaymentCommand>) => send(request),
    execute: async (_: unknown, request: CommandRequest<PaymentCommand>) => {
      const result = await send(request);
      if (result.ok) return result.value;
      const { code, detail } = result.problem;
      throw isProblemCode(code) ? new ProblemException(code, detail) : new Error(code);
    },
    look: async (_: unknown, streamId: string, of: string) => {
      const look = someRequest(streamId, undefined as never, { tenant: of, isLook: true });
      const result = await engine.execute(look);
      if (!result.ok) throw new Error(result.problem.code);
      return result.value.stream;
    },
  } as unknown as ConstructorParameters<typeof PaymentTasks>[0];

  const gateway = new InMemoryGateway();
  const facts: PaymentFacts = { orderId: newId(), customerId: 'c-1', currency: 'EUR', total: 900 };
  const clock = new StoppedClock();
  let commandNumber = 0;
  /** A task with a command id of its own, which a repeat has too. */
  const task = (given: { readonly commandId?: string; readonly isFirstAttempt?: boolean } = {}) => {
    const { commandId = `p ${commandNumber++}`, ...rest } = given;
    const cause = { tenant, actor: 'fulfilment', correlationId: 'c', causationId: null, commandId };
    return { ...facts, cause, token: 'tok_ok' as string | null, country: null, ...rest };
  };
  return {
    engine,
    commands,
    gateway,
    facts,
    task,
    clock,
    tasks: new PaymentTasks(commands, gateway, NO_TRACING, { clock, random: () => 0 }),
    send: (command: PaymentCommand) => send(someRequest(facts.orderId, command, { tenant })),
    state: async (): Promise<PaymentState> =>
      (await commands.look(PAYMENT_AGGREGATE, facts.orderId, tenant)).state,
    types: () => log.events(0).map(({ type }) => type),
    /** A refund request under a client's idempotency key. */
    refund: (refundId: string, amount: number | null, commandId: string | undefined, version?: number) => {
      const command = { type: 'check-refund', orderId: facts.orderId, refundId, amount } as const;
      const hash = { commandId, requestHash: JSON.stringify({ amount }), expectedVersion: version };
      return someRequest(facts.orderId, command, { tenant, ...hash });
    },
  };
}
