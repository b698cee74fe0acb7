import type { Position } from './position.js';

/** A past-tense fact of one aggregate: immutable once recorded. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
  /** Business time, RFC 3339, for those that fold a recorded event. Absent on an event that was only decided. */
  readonly occurredAt?: string;
}

/** Travels inside the event's value, so the log is self-contained. */
export interface EventMetadata {
  /** UUIDv7; also the `webhook-id` of every delivery of this event. */
  readonly eventId: string;
  readonly streamId: string;
  /** Place in the stream, from 1 without gaps. */
  readonly version: number;
  /** Business time, RFC 3339 in UTC with milliseconds. */
  readonly occurredAt: string;
  readonly correlationId: string;
  /** The event that caused the command, if a process manager sent it. */
  readonly causationId: string | null;
  /** The command's idempotency key, or else the id of its first event; `process …` of a command that no client sent. */
  readonly commandId: string;
  /** SHA-256 of the request, base64url; distinguishes a retry from a different request with the same key. */
  readonly requestHash: string | null;
  readonly tenant: string;
  /** Id of the API key, subject of the access token, or name of the process manager, that sent the command. */
  readonly actor: string;
  /** W3C trace context of the request, if the client sent one. */
  readonly traceparent: string | null;
}

/** An event that is in the log. */
export interface RecordedEvent<Event extends DomainEvent = DomainEvent> {
  readonly type: Event['type'];
  readonly data: Event['data'];
  readonly metadata: EventMetadata;
  readonly position: Position;
}
