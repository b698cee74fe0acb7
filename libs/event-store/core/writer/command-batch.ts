import {
  type DomainEvent,
  emptyStream,
  type EventMetadata,
  fail,
  newId,
  ok,
  type Position,
  type Rejection,
  type Stream,
} from '#libs/kernel';
import type { Aggregate } from '../aggregate.js';
import type { CommandRequest, CommandResult, EngineRejection, ExpectedVersion } from '../command.js';
import type { EncodedEvent, EventToEncode } from '#libs/contracts';
import type { EncodeEvent } from '../log/event-log.js';
import { applyToRecord, emptyRecord, findCommand, type StreamRecord } from '../states/stream-record.js';
import type { StateCache } from '../states/state-cache.js';
import type { PendingCommand } from './pending-command.js';
import type { AppendedBatch } from './writer-settings.js';

interface DecidedCommand<State, Command, Refusal extends Rejection> {
  readonly pending: PendingCommand<State, Command, Refusal>;
  readonly record: StreamRecord<State>;
  readonly eventIds: readonly string[];
  readonly bytes: number;
}

interface DeferredAnswer<State, Command, Refusal extends Rejection> {
  readonly pending: PendingCommand<State, Command, Refusal>;
  readonly result: CommandResult<State, Refusal>;
}

/**
 * Decides commands in turn, each on the state left by those before it. The working states belong to the batch; only
 * {@link accept} publishes them, once the events are in the log.
 */
export class CommandBatch<State, Command, Event extends DomainEvent, Refusal extends Rejection>
  implements AppendedBatch
{
  readonly encoded: EncodedEvent[] = [];
  bytes = 0;
  /** How many streams begin with the batch. */
  created = 0;
  readonly #decided: DecidedCommand<State, Command, Refusal>[] = [];
  readonly #deferred: DeferredAnswer<State, Command, Refusal>[] = [];
  readonly #working = new Map<string, StreamRecord<State>>();
  readonly #before = new Map<string, StreamRecord<State>>();

  constructor(
    private readonly aggregate: Aggregate<State, Command, Event, Refusal>,
    /** Where the batch's first event is expected. */
    private readonly base: Position,
    private readonly find: (streamId: string) => StreamRecord<State> | undefined,
    private readonly encode: EncodeEvent,
    private readonly maxEventBytes: number,
  ) {}

  get baseOffset(): number {
    return this.base.offset;
  }

  get commands(): readonly PendingCommand<State, Command, Refusal>[] {
    return [...this.#decided, ...this.#deferred].map(({ pending }) => pending);
  }

  get traceparents(): readonly (string | null)[] {
    return this.#decided.map(({ pending }) => pending.request.traceparent);
  }

  /** Calls back with the stream after each command that led to events, in order, and with the command's trace context. */
  forEachStream(callback: (stream: Stream<State>, traceparent: string | null) => void): void {
    for (const { record, pending } of this.#decided) callback(record.stream, pending.request.traceparent);
  }

  decide(pending: PendingCommand<State, Command, Refusal>, now: number): void {
    try {
      const result = this.#decide(pending, now);
      // An answer without events is valid only if this writer is still the owner and the batch's earlier events are in
      // the log. Both are known once the batch is appended or confirmed.
      if (result) this.#deferred.push({ pending, result });
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
    const current = this.#current(request);
    const { version, tenant } = current.stream;
    const foreign = version > 0 && tenant !== request.tenant;
    if (!foreign) {
      const repeated = this.#answerOfRepeat(request, current);
      if (repeated) return repeated;
    }
    // Another tenant sees an empty stream, so the decider rejects in its own words.
    const visible = foreign ? emptyStream(decider.initialState) : current.stream;
    if (request.isLook) return ok(this.#accepted(visible, current.lastOffset));
    const { expectedVersion } = request;
    const decision = decider.decide(request.command, visible.state);
    const mismatch = expectedVersion !== undefined && !meets(visible.version, expectedVersion);
    // A missing stream has no version, so the decider's rejection takes precedence.
    if (mismatch && (visible.version > 0 || decision.ok)) {
      return fail<EngineRejection>({
        code: 'version-mismatch',
        detail: mismatchDetail(visible.version, expectedVersion),
      });
    }
    if (!decision.ok) return decision;
    if (foreign)
      return fail<EngineRejection>({ code: 'stream-id-taken', detail: 'This id is already in use.' });
    if (decision.value.length === 0) return ok(this.#accepted(current.stream, current.lastOffset));
    return this.#encode(pending, current, decision.value, now);
  }

  /** Repeats the first answer if the stream remembers the command. */
  #answerOfRepeat(
    { commandId, requestHash, formerHash }: CommandRequest<Command>,
    current: StreamRecord<State>,
  ): CommandResult<State, Refusal> | undefined {
    const first = commandId === undefined ? undefined : findCommand(current, commandId);
    if (!first) return undefined;
    if (first.requestHash === requestHash || first.requestHash === formerHash)
      return ok(this.#accepted(first.stream, first.offset));
    return fail<EngineRejection>({
      code: 'idempotency-key-reused',
      detail: 'This idempotency key was already used with a different request.',
    });
  }

  #encode(
    pending: PendingCommand<State, Command, Refusal>,
    before: StreamRecord<State>,
    decided: readonly Event[],
    now: number,
  ): CommandResult<State, Refusal> | undefined {
    const { request } = pending;
    const occurredAt = timeOf(before.stream, now);
    const encoded: EncodedEvent[] = [];
    const eventIds: string[] = [];
    let record = before;
    let bytes = 0;
    for (const decidedEvent of decided) {
      const eventId = newId();
      eventIds.push(eventId);
      const commandId = request.commandId ?? eventIds[0] ?? eventId;
      const place = { eventId, commandId, version: record.stream.version + 1, occurredAt };
      const event = recordedAs<Event>(request, decidedEvent, place);
      const offset = this.base.offset + this.encoded.length + encoded.length;
      record = applyToRecord(this.aggregate.decider, record, event, offset);
      const ready = this.encode(event);
      encoded.push(ready);
      bytes += ready.key.length + ready.value.length;
    }
    if (bytes > this.maxEventBytes) {
      return fail<EngineRejection>({
        code: 'event-too-large',
        detail: `The events take ${bytes} bytes; at most ${this.maxEventBytes} are allowed.`,
      });
    }
    this.#decided.push({ pending, record, eventIds, bytes });
    this.#working.set(request.streamId, record);
    this.encoded.push(...encoded);
    this.bytes += bytes;
    if (before.stream.version === 0) this.created++;
    return undefined;
  }

  get empty(): boolean {
    return this.#decided.length === 0 && this.#deferred.length === 0;
  }

  /** Publishes the working states, once the events are in the log at the expected offsets. */
  accept(states: StateCache<State, Event>): void {
    for (const { pending, record, bytes } of this.#decided) {
      states.put(pending.request.streamId, record, bytes);
      pending.answer(ok(this.#accepted(record.stream, record.lastOffset)));
    }
    for (const { pending, result } of this.#deferred) pending.answer(result);
  }

  /** Reroutes every command; none of the batch's events is in the log. */
  reroute(): void {
    for (const pending of this.commands) pending.reroute();
  }

  /** Resolves an unknown outcome: answers commands whose events are in the log, and reroutes the others. */
  resolve(offsetOf: (eventId: string) => number | undefined): void {
    for (const { pending, record, eventIds } of this.#decided) {
      const offsets = eventIds.map(offsetOf);
      const last = offsets.at(-1);
      if (last !== undefined && !offsets.includes(undefined)) {
        pending.answer(ok(this.#accepted(record.stream, last)));
      } else {
        pending.reroute();
      }
    }
    for (const { pending } of this.#deferred) pending.reroute();
  }

  #current({ streamId, newStream }: CommandRequest<Command>): StreamRecord<State> {
    if (newStream) return emptyRecord(this.aggregate.decider.initialState);
    const known = this.#working.get(streamId) ?? this.#before.get(streamId);
    if (known) return known;
    const before = this.find(streamId) ?? emptyRecord(this.aggregate.decider.initialState);
    this.#before.set(streamId, before);
    return before;
  }

  #accepted(stream: Stream<State>, offset: number) {
    const { topic, partition } = this.base;
    return { stream, position: { topic, partition, offset } };
  }
}

function meets(version: number, expected: ExpectedVersion): boolean {
  if (expected === 'any') return version > 0;
  return typeof expected === 'number' ? expected === version : expected.includes(version);
}

function mismatchDetail(version: number, expected: ExpectedVersion): string {
  if (version === 0) return 'It does not exist, so it has no version.';
  return typeof expected === 'number'
    ? `The version is ${version}, not ${expected}.`
    : `The version is ${version}, which is not one of those expected.`;
}

/** Keeps a stream's times monotonic when the clock is set back. */
function timeOf({ version, updatedAt }: Stream<unknown>, now: number): string {
  return new Date(version > 0 ? Math.max(now, Date.parse(updatedAt)) : now).toISOString();
}

function recordedAs<Event extends DomainEvent>(
  { streamId, correlationId, causationId, requestHash, tenant, actor, traceparent }: CommandRequest<unknown>,
  { type, data }: Event,
  place: Pick<EventMetadata, 'eventId' | 'commandId' | 'version' | 'occurredAt'>,
): EventToEncode<Event> {
  return {
    type,
    data,
    metadata: {
      eventId: place.eventId,
      streamId,
      version: place.version,
      occurredAt: place.occurredAt,
      correlationId,
      causationId,
      commandId: place.commandId,
      requestHash,
      tenant,
      actor,
      traceparent,
    },
  };
}
