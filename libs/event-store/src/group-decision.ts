import {
  applyEvent,
  type DomainEvent,
  emptyStream,
  fail,
  newId,
  type RecordedEvent,
  type Rejection,
  type Stream,
} from '#libs/kernel';
import type { Aggregate } from './aggregate.js';
import type { CommandResult, EngineRejection } from './command.js';
import type { EncodedEvent, EncodeEvent, EventToEncode } from './event-log.js';
import type { PendingCommand } from './pending-command.js';
import type { StreamStates } from './stream-states.js';

interface DecidedCommand<State, Command, Refusal extends Rejection> {
  readonly pending: PendingCommand<State, Command, Refusal>;
  readonly stream: Stream<State>;
  readonly events: readonly EventToEncode[];
  /** Where the command's first event stands among those of the group. */
  readonly start: number;
}

/**
 * Decides a group of commands in turn, each on the state that those before it led to. The working states live and
 * die with the group: they become true only by {@link accept}, once the log has the events.
 */
export class GroupDecision<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  readonly encoded: EncodedEvent[] = [];
  bytes = 0;
  readonly #decided: DecidedCommand<State, Command, Refusal>[] = [];
  readonly #refused: {
    pending: PendingCommand<State, Command, Refusal>;
    result: CommandResult<State, Refusal>;
  }[] = [];
  readonly #working = new Map<string, Stream<State>>();

  constructor(
    private readonly aggregate: Aggregate<State, Command, Event, Refusal>,
    private readonly states: StreamStates<State, Event>,
    private readonly encode: EncodeEvent,
    private readonly maxEventBytes: number,
  ) {}

  get commands(): readonly PendingCommand<State, Command, Refusal>[] {
    return [...this.#decided, ...this.#refused].map(({ pending }) => pending);
  }

  decide(pending: PendingCommand<State, Command, Refusal>, now: number): void {
    try {
      const result = this.#decide(pending, now);
      if (!result) return;
      // A refusal that rests on events of this very group is true only once the log has them.
      if (this.#working.has(pending.request.streamId)) this.#refused.push({ pending, result });
      else pending.answer(result);
    } catch (error) {
      pending.fail(error as Error);
    }
  }

  #decide(
    pending: PendingCommand<State, Command, Refusal>,
    now: number,
  ): CommandResult<State, Refusal> | undefined {
    const { request } = pending;
    const { decider } = this.aggregate;
    const current = this.#current(request.streamId);
    const foreign = current.version > 0 && current.tenant !== request.tenant;
    // To another tenant the stream does not exist; the decider says so in its own words.
    const visible = foreign ? emptyStream(decider.initialState) : current;
    const { expectedVersion } = request;
    const decision = decider.decide(request.command, visible.state);
    if (expectedVersion !== undefined && visible.version > 0 && expectedVersion !== visible.version) {
      return fail<EngineRejection>({
        code: 'version-mismatch',
        detail: `The version is ${visible.version}, not ${expectedVersion}.`,
      });
    }
    if (!decision.ok) return decision;
    if (foreign) return fail<EngineRejection>({ code: 'stream-id-taken', detail: 'This id is in use.' });

    const { events, stream } = this.#record(request, decision.value, current, now);
    const encoded = events.map(this.encode);
    const bytes = encoded.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
    if (bytes > this.maxEventBytes) {
      return fail<EngineRejection>({
        code: 'event-too-large',
        detail: `The events take ${bytes} bytes; at most ${this.maxEventBytes} are allowed.`,
      });
    }
    this.#decided.push({ pending, stream, events, start: this.encoded.length });
    this.#working.set(request.streamId, stream);
    this.encoded.push(...encoded);
    this.bytes += bytes;
    return undefined;
  }

  /** The events are in the log from `baseOffset` on: folds them in and answers. */
  accept(topic: string, partition: number, baseOffset: number): void {
    for (const { pending, stream, events, start } of this.#decided) {
      const recorded = events.map<RecordedEvent>((event, index) => ({
        ...event,
        position: { topic, partition, offset: baseOffset + start + index },
      }));
      this.states.apply(recorded);
      const { lastOffset: offset } = this.states.get(pending.request.streamId);
      pending.answer({
        ok: true,
        value: { stream, position: { topic, partition, offset } },
      });
    }
    for (const { pending, result } of this.#refused) pending.answer(result);
  }

  /** Certainly none of the group's events is in the log. */
  abandon(why: string): void {
    for (const pending of this.commands) pending.failUnavailable(why);
  }

  /** After an unknown outcome: answers those whose events the log turned out to hold, fails the others for certain. */
  settle(topic: string, partition: number, offsetOf: (eventId: string) => number | undefined): void {
    for (const { pending, stream, events } of this.#decided) {
      const recorded: RecordedEvent[] = [];
      for (const event of events) {
        const offset = offsetOf(event.metadata.eventId);
        if (offset !== undefined) recorded.push({ ...event, position: { topic, partition, offset } });
      }
      const last = recorded.at(-1);
      if (last && recorded.length === events.length) {
        pending.answer({ ok: true, value: { stream, position: last.position } });
      } else {
        pending.failUnavailable('The event log failed.');
      }
    }
    for (const { pending } of this.#refused) pending.failUnavailable('The event log failed.');
  }

  #current(streamId: string): Stream<State> {
    return this.#working.get(streamId) ?? this.states.get(streamId).stream;
  }

  #record(
    request: PendingCommand<State, Command, Refusal>['request'],
    decided: readonly Event[],
    before: Stream<State>,
    now: number,
  ): { events: EventToEncode[]; stream: Stream<State> } {
    // A clock that was set back must not make a stream's history run backwards.
    const occurredAt = new Date(
      Math.max(now, before.version > 0 ? Date.parse(before.updatedAt) : 0),
    ).toISOString();
    const { streamId, correlationId, causationId, commandId, requestHash, tenant, actor, traceparent } =
      request;
    const events: EventToEncode[] = [];
    let stream = before;
    for (const { type, data } of decided) {
      const event: EventToEncode<Event> = {
        type,
        data,
        metadata: {
          eventId: newId(),
          streamId,
          version: stream.version + 1,
          occurredAt,
          correlationId,
          causationId,
          commandId,
          requestHash,
          tenant,
          actor,
          traceparent,
        },
      };
      stream = applyEvent(this.aggregate.decider, stream, event);
      events.push(event);
    }
    return { events, stream };
  }
}
