import type { Aggregate, AcceptedCommand, CommandRequest, CommandResult } from '#libs/event-store/core';
import { applyEvent, type DomainEvent, emptyStream, newId, type Rejection, type Stream } from '#libs/kernel';

/** A stream with what each command id led to. */
interface KnownStream {
  stream: Stream<unknown>;
  readonly answers: Map<string, AcceptedCommand<unknown>>;
}

/**
 * Executes commands in memory, for tests of code that sends them: repeats and rejections are as in the engine. Stands for
 * `Commands`, but that a rejection of `execute` is a plain error.
 */
export class InMemoryCommands {
  readonly #streams = new Map<string, KnownStream>();
  readonly events: { readonly topic: string; readonly type: string; readonly data: unknown }[] = [];
  /** Called before each command; may throw, as where the event store does not answer. */
  beforeSend: (topic: string, streamId: string) => void | Promise<void> = () => {};

  async look<State>(
    { topic, decider }: { readonly topic: string; readonly decider: { readonly initialState: State } },
    streamId: string,
  ): Promise<Stream<State>> {
    return this.#known(topic, streamId, decider.initialState).stream as Stream<State>;
  }

  readonly recall = this.look;

  async send<State, Command, Event extends DomainEvent, Refusal extends Rejection>(
    { topic, decider }: Aggregate<State, Command, Event, Refusal>,
    { streamId, command, commandId, tenant, actor, correlationId, causationId }: CommandRequest<Command>,
  ): Promise<CommandResult<State, Refusal>> {
    await this.beforeSend(topic, streamId);
    const known = this.#known(topic, streamId, decider.initialState);
    const repeated = commandId === undefined ? undefined : known.answers.get(commandId);
    if (repeated) return { ok: true, value: repeated as AcceptedCommand<State> };
    let stream = known.stream as Stream<State>;
    const decision = decider.decide(command, stream.state);
    if (!decision.ok) return decision;
    for (const event of decision.value) {
      const metadata = {
        eventId: newId(),
        streamId,
        version: stream.version + 1,
        occurredAt: '2026-01-01T00:00:00.000Z',
        correlationId,
        causationId,
        commandId: commandId ?? newId(),
        requestHash: null,
        tenant,
        actor,
        traceparent: null,
      };
      stream = applyEvent(decider, stream, { ...event, metadata });
      this.events.push({ topic, ...event });
    }
    known.stream = stream;
    const value = { stream, position: { topic, partition: 0, offset: this.events.length - 1 } };
    if (commandId !== undefined && decision.value.length > 0) known.answers.set(commandId, value);
    return { ok: true, value };
  }

  async execute<State, Command, Event extends DomainEvent, Refusal extends Rejection>(
    aggregate: Aggregate<State, Command, Event, Refusal>,
    request: CommandRequest<Command>,
  ): Promise<AcceptedCommand<State>> {
    const result = await this.send(aggregate, request);
    if (!result.ok) throw new Error(result.problem.code);
    return result.value;
  }

  #known(topic: string, streamId: string, initialState: unknown): KnownStream {
    const key = `${topic} ${streamId}`;
    const known = this.#streams.get(key) ?? { stream: emptyStream(initialState), answers: new Map() };
    this.#streams.set(key, known);
    return known;
  }
}
