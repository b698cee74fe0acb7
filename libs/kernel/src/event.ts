import type { Position } from './position.js';

/** A past-tense fact of one aggregate: immutable once recorded. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** Who, when, why and where of an event. It travels inside the event's value, so the log alone tells it. */
export interface EventMetadata {
  /** UUIDv7; also the `webhook-id` of every delivery of this event. */
  readonly eventId: string;
  readonly streamId: string;
  /** Place in the stream, counted from 1 without a gap. */
  readonly version: number;
  /** Business time, RFC 3339 in UTC with milliseconds. */
  readonly occurredAt: string;
  readonly correlationId: string;
  /** The event that led to the command, where a process manager sent it. */
  readonly causationId: string | null;
  /** The idempotency key of the command; without one, the id of the first event that it led to. */
  readonly commandId: string;
  /** SHA-256 of the request, base64url: tells a retry from another request under the same key. */
  readonly requestHash: string | null;
  readonly tenant: string;
  /** Id of the API key, or the name of the process, that sent the command. */
  readonly actor: string;
  /** W3C trace context of the request, where the client sent one. */
  readonly traceparent: string | null;
}

/** An event that is in the log. */
export interface RecordedEvent<Event extends DomainEvent = DomainEvent> {
  readonly type: Event['type'];
  readonly data: Event['data'];
  readonly metadata: EventMetadata;
  readonly position: Position;
}
