import { type Commands, processRequest } from '#libs/commands';
import {
  CommandOutcomeUnknownError,
  type CommandRequest,
  CommandUnavailableError,
} from '#libs/event-store/core';
import type { RecordedEvent, Stream } from '#libs/kernel';
import type { TargetAnswer, Concern, JsonData, ProcessCommand } from '../core/index.js';
import { type ExistingProcess, type Process } from '../core/index.js';
import type { ProcessAggregate } from './processing-options.js';

/** The input cannot be taken, now or later. */
export class InputRefusedError extends Error {
  override readonly name = 'InputRefusedError';
}

/**
 * Hands inputs to processes. They have no ids that the engine would remember, because a process knows its inputs by nature: events
 * by their version, answers by the open command, timers by their time. It takes each once, however late it is repeated, and its
 * state stays small: a remembered command holds a state of its own.
 * All methods throw InputRefusedError, or CommandUnavailableError and CommandOutcomeUnknownError, after which the same input may
 * be handed over again.
 */
export class ProcessInputs {
  constructor(
    private readonly commands: Pick<Commands, 'send' | 'look'>,
    private readonly aggregate: ProcessAggregate,
    private readonly now: () => number,
  ) {}

  look(processId: string, tenant: string): Promise<Stream<Process>> {
    return this.commands.look(this.aggregate, processId, tenant);
  }

  async event(
    process: string,
    { type, metadata, position }: RecordedEvent,
    concern: Concern<JsonData>,
  ): Promise<void> {
    const { eventId, streamId, version, correlationId, tenant, traceparent } = metadata;
    const command: ProcessCommand = {
      type: 'handle-event',
      processId: concern.processId,
      process,
      at: this.now(),
      eventId,
      eventType: type,
      stream: `${position.topic}/${streamId}`,
      version,
      correlationId,
      ...(traceparent !== null && { traceparent }),
      event: concern.event,
    };
    await this.#send(command, { tenant, correlationId, causationId: eventId, traceparent });
  }

  /** @param traceparent of the attempt that was answered */
  async answer(
    process: ExistingProcess,
    tenant: string,
    commandId: string,
    answer: TargetAnswer,
    traceparent: string | null,
  ): Promise<void> {
    await this.#of(process, tenant, { type: 'handle-answer', commandId, answer }, traceparent);
  }

  async timer(process: ExistingProcess, tenant: string, name: string, dueAt: number): Promise<void> {
    await this.#of(process, tenant, { type: 'fire-timer', name, dueAt });
  }

  async stuck(process: ExistingProcess, tenant: string, commandId: string, error: string): Promise<void> {
    await this.#of(process, tenant, { type: 'report-stuck', commandId, error });
  }

  async #of(
    { processId, process, correlationId, causationId, traceparent: ofProcess }: ExistingProcess,
    tenant: string,
    input: Own,
    traceparent = ofProcess ?? null,
  ): Promise<void> {
    const command: ProcessCommand = { ...input, processId, process, at: this.now() };
    await this.#send(command, { tenant, correlationId, causationId, traceparent });
  }

  async #send(
    command: ProcessCommand,
    origin: Pick<CommandRequest<unknown>, 'tenant' | 'correlationId' | 'causationId' | 'traceparent'>,
  ): Promise<void> {
    const { processId, process } = command;
    const cause = { ...origin, actor: process, commandId: undefined };
    const request = processRequest(cause, processId, command);
    try {
      const result = await this.commands.send(this.aggregate, request);
      if (!result.ok) throw new InputRefusedError(result.problem.detail);
    } catch (error) {
      if (error instanceof CommandUnavailableError || error instanceof CommandOutcomeUnknownError)
        throw error;
      throw error instanceof InputRefusedError
        ? error
        : new InputRefusedError((error as Error).message, { cause: error });
    }
  }
}

type Own =
  | Pick<Extract<ProcessCommand, { type: 'handle-answer' }>, 'type' | 'commandId' | 'answer'>
  | Pick<Extract<ProcessCommand, { type: 'fire-timer' }>, 'type' | 'name' | 'dueAt'>
  | Pick<Extract<ProcessCommand, { type: 'report-stuck' }>, 'type' | 'commandId' | 'error'>;
