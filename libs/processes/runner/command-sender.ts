import {
  backoffMs,
  type Clock,
  inBackground,
  messageOf,
  type Random,
  retryUntilStopped,
  type Stream,
  TenantShares,
} from '#libs/kernel';
import type { Tracing } from '#libs/platform';
import {
  type TargetAnswer,
  type ExistingProcess,
  exists,
  type OpenCommand,
  type Process,
  unanswered,
} from '../core/index.js';
import { FairLimiter } from './fair-limiter.js';
import { InputRefusedError, type ProcessInputs } from './process-inputs.js';
import type { ProcessTargets } from './process-target.js';

export interface SenderObserver {
  /** A command goes out for the first time, this long after the input that led to it; 0 while only few commands are open. */
  began(lagMs: number): void;
  answered(target: string, outcome: TargetAnswer['outcome'], tookMs: number): void;
  /** @param traceparent of the attempt */
  failed(target: string, processId: string, key: string, error: Error, traceparent: string | null): void;
  /** The answer cannot be handed over; an operator has to look. */
  lost(processId: string, key: string, error: Error): void;
}

export interface SenderParts {
  readonly inputs: Pick<ProcessInputs, 'answer' | 'stuck'>;
  readonly targets: ProcessTargets;
  /** Whether this process still is the one that sends the commands of a process. */
  readonly isOwner: (processId: string) => boolean;
  readonly observer: SenderObserver;
  readonly tracing: Tracing;
  readonly clock: Clock;
  readonly random: Random;
  /** A command without an answer for this long makes its process stuck. It goes on being sent. */
  readonly stuckAfterMs: number;
}

interface Outgoing extends OpenCommand {
  readonly commandId: string;
  readonly isFirst: boolean;
  /** The process's version as it was sent. */
  readonly version: number;
  /** Of the step that sends it. */
  readonly traceparent: string | null;
}

interface Sending {
  readonly stop: AbortController;
  /** Ends the pause before the next attempt. */
  wake: AbortController;
  /** The error that the process has last been told of, while it is stuck. */
  reported: string;
  /** When, in milliseconds since 1970. */
  reportedAt: number;
}

interface Attempt {
  readonly result: TargetAnswer | Error;
  readonly traceparent: string | null;
}

interface Step {
  readonly traceparent: string | null;
}

interface GivenUp {
  readonly commandIds: ReadonlySet<string>;
  /** The process's version at the time. */
  readonly version: number;
}

/** They are no backlog: if they are late, it is because the machine is busy with something else. */
const FEW_COMMANDS = 32;
/** A reason of its own spares the stack of an error, which every answered command would make. */
const NOT_OPEN = 'the command is no longer open';
/** The least time between two reports of different errors of one command. */
const REPORT_AGAIN_MS = 60_000;
const PAUSE = { initialDelayMs: 200, maxDelayMs: 10_000 };
/**
 * Attempts in progress for each target; fewer than a target can take, so that tenants wait here, where they take turns. One may
 * have no more than the others leave free, at most half if it is alone.
 */
const MOST_ATTEMPTS = 64;
/**
 * Commands in memory, of all tenants. Those beyond it, as when a gateway has been away for hours, are taken over from the read
 * model once there is room.
 */
export const MOST_SENDING = 10_000;

/**
 * Sends the commands of processes, and hands the answers back. It is told of each process as its last event left it, and sends
 * what is open and not on its way; what is no longer open, it stops sending.
 */
export class CommandSender {
  /** By process id, then by command id. */
  readonly #sending = new Map<string, Map<string, Sending>>();
  /** Commands whose answers their process refuses, by process id. */
  readonly #givenUp = new Map<string, GivenUp>();
  readonly #limiters = new Map<string, FairLimiter>();
  readonly #shares = new TenantShares(MOST_SENDING);
  #stopped = false;

  constructor(private readonly parts: SenderParts) {}

  get size(): number {
    return this.#shares.used;
  }

  /** Whether another command of the tenant can be sent. */
  hasRoom(tenant: string): boolean {
    return this.#shares.hasRoom(tenant);
  }

  isSending(processId: string): boolean {
    return this.#sending.has(processId);
  }

  /**
   * @param news if this process has just appended the stream's last event: what that opened was never sent before, and follows
   * from the step with this trace context
   */
  update({ state, tenant, version }: Stream<Process>, news?: Step): void {
    if (!exists(state) || this.#stopped) return;
    const traceparent = news?.traceparent ?? state.traceparent ?? null;
    const givenUp = this.#givenUp.get(state.processId);
    // It has gone on, perhaps by an operator's retry: what it refused before it may take now.
    const hasGoneOn = state.error === null && version !== givenUp?.version;
    if (hasGoneOn) this.#givenUp.delete(state.processId);
    const sending = this.#sending.get(state.processId) ?? new Map<string, Sending>();
    for (const [commandId, each] of sending) if (!(commandId in state.open)) each.stop.abort(NOT_OPEN);
    // Whatever made the process go on, it is stuck again if the next attempt fails as the last one did.
    if (state.error === null) for (const each of sending.values()) each.reported = '';
    if (state.steps.at(-1)?.trigger === 'retry') for (const each of sending.values()) each.wake.abort();
    for (const [commandId, command] of unanswered(state)) {
      if (sending.has(commandId) || (!hasGoneOn && givenUp?.commandIds.has(commandId))) continue;
      if (!this.hasRoom(tenant)) break;
      const isFirst = news !== undefined && command.since === state.progressAt;
      this.#begin(sending, state, tenant, { ...command, commandId, isFirst, version, traceparent });
    }
    if (sending.size > 0) this.#sending.set(state.processId, sending);
  }

  /** Attempts in progress end by themselves; another process sends their commands again. */
  stop(): void {
    this.#stopped = true;
    for (const commands of this.#sending.values()) for (const each of commands.values()) each.stop.abort();
  }

  #begin(sending: Map<string, Sending>, process: ExistingProcess, tenant: string, command: Outgoing): void {
    const { commandId } = command;
    const own: Sending = {
      stop: new AbortController(),
      wake: new AbortController(),
      reported: '',
      reportedAt: 0,
    };
    sending.set(commandId, own);
    const release = this.#shares.acquire(tenant);
    const send = async (): Promise<void> => {
      try {
        await this.#send(own, process, tenant, command);
      } finally {
        sending.delete(commandId);
        release();
        if (sending.size === 0 && this.#sending.get(process.processId) === sending)
          this.#sending.delete(process.processId);
      }
    };
    inBackground(send, (error) => this.parts.observer.lost(process.processId, command.key, error));
  }

  async #send(own: Sending, process: ExistingProcess, tenant: string, command: Outgoing): Promise<void> {
    const { inputs, observer, clock } = this.parts;
    const { commandId } = command;
    const { signal } = own.stop;
    const report = async (error: string): Promise<void> => {
      const now = clock.now();
      if (error === own.reported || now - command.since < this.parts.stuckAfterMs) return;
      // Two errors that take turns must not fill the log.
      if (own.reported !== '' && now - own.reportedAt < REPORT_AGAIN_MS) return;
      own.reported = error;
      own.reportedAt = now;
      await inputs.stuck(process, tenant, commandId, error).catch(() => {
        own.reported = '';
      });
    };
    let latest = `${command.key}: no answer yet`;
    const reportLatest = () =>
      inBackground(
        () => report(latest),
        () => undefined,
      );
    for (let failures = 0; !signal.aborted && this.parts.isOwner(process.processId); ) {
      own.wake = new AbortController();
      const untilStuckMs = command.since + this.parts.stuckAfterMs - clock.now();
      // Also while the attempt hangs, or the next one is waited for.
      const cancelTimer = clock.after(
        untilStuckMs > 0 ? untilStuckMs : this.parts.stuckAfterMs,
        reportLatest,
      );
      try {
        const release = await this.#limiterOf(command.target).acquire(tenant, failures > 0);
        if (command.isFirst && failures === 0)
          observer.began(this.size < FEW_COMMANDS ? 0 : clock.now() - command.since);
        if (signal.aborted) return release();
        const { result, traceparent } = await this.#attempt(process, tenant, command, failures);
        release();
        if (!(result instanceof Error)) {
          cancelTimer();
          return await this.#handOver(own, process, tenant, { ...command, traceparent }, result);
        }
        failures++;
        observer.failed(command.target, process.processId, command.key, result, traceparent);
        latest = `${command.key}: ${result.message}`;
        await report(latest);
        const either = AbortSignal.any([signal, own.wake.signal]);
        await clock.sleep(backoffMs(PAUSE, failures, this.parts.random), either);
      } finally {
        cancelTimer();
      }
    }
  }

  async #handOver(
    own: Sending,
    process: ExistingProcess,
    tenant: string,
    command: Outgoing,
    answer: TargetAnswer,
  ): Promise<void> {
    const { signal } = own.stop;
    const hand = () =>
      this.parts.inputs
        .answer(process, tenant, command.commandId, answer, command.traceparent)
        .catch(giveUpIfRefused);
    const refused = await retryUntilStopped(hand, () => undefined, this.parts, signal);
    if (refused) await this.#giveUp(own, process, tenant, command, refused);
  }

  /** The next answer would be refused as well, so the command rests until the process goes on. */
  async #giveUp(
    { stop }: Sending,
    process: ExistingProcess,
    tenant: string,
    { key, commandId, version }: Outgoing,
    refused: Error,
  ): Promise<void> {
    const { inputs, observer } = this.parts;
    const { processId } = process;
    observer.lost(processId, key, refused);
    const { commandIds = [] } = this.#givenUp.get(processId) ?? {};
    this.#givenUp.set(processId, { commandIds: new Set([...commandIds, commandId]), version });
    const error = `${key}: the process refuses the answer: ${refused.message}`;
    const report = () => inputs.stuck(process, tenant, commandId, error).catch(giveUpIfRefused);
    await retryUntilStopped(report, () => undefined, this.parts, stop.signal);
  }

  async #attempt(
    { process, processId, correlationId }: ExistingProcess,
    tenant: string,
    { commandId, key, target, payload, causationId, isFirst, traceparent: parent }: Outgoing,
    failures: number,
  ): Promise<Attempt> {
    const { clock, observer, targets, tracing } = this.parts;
    const span = tracing.start(`send ${payload.type} to ${target}`, {
      parent,
      attributes: {
        'orderstream.process': process,
        'orderstream.process_id': processId,
        'orderstream.attempt': failures + 1,
        'orderstream.tenant': tenant,
      },
    });
    const { traceparent } = span;
    const began = clock.monotonic();
    try {
      const execute = targets[target];
      if (!execute) throw new Error(`there is no target ${target}`);
      const answer = await execute({
        commandId,
        payload,
        tenant,
        actor: process,
        correlationId,
        causationId,
        traceparent,
        isFirst: isFirst && failures === 0,
      });
      observer.answered(target, answer.outcome, clock.monotonic() - began);
      span.set({ 'orderstream.outcome': answer.outcome });
      return { result: answer, traceparent };
    } catch (error) {
      span.fail(error instanceof Error ? error.name : 'Error');
      return { result: new Error(messageOf(error), { cause: { error, processId, key } }), traceparent };
    } finally {
      span.end();
    }
  }

  #limiterOf(target: string): FairLimiter {
    const known = this.#limiters.get(target) ?? new FairLimiter(MOST_ATTEMPTS);
    this.#limiters.set(target, known);
    return known;
  }
}

function giveUpIfRefused(error: unknown): InputRefusedError {
  if (error instanceof InputRefusedError) return error;
  throw error;
}
