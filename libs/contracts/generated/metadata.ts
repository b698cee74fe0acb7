// Generated from schemas/ by `npm run contracts`. Change the schemas, not this file.
import type { RecordSchema } from '../avro-schema.js';

/** Who, when, why and where of an event. It is part of every event's value, so that the log alone tells it. */
export interface EventMetadata {
  /** UUIDv7. The webhook-id of every delivery of this event: deduplicate by it. */
  readonly eventId: string;
  /** The aggregate whose event this is; also the record's key. */
  readonly streamId: string;
  /** Place in the stream, counted from 1 without a gap. */
  readonly version: number;
  /** Business time in UTC. The record's own time stamp is when the broker appended it. */
  readonly occurredAt: string;
  /** The same for everything that one request of a client set in motion. */
  readonly correlationId: string;
  /** The event that led to the command, where a process manager sent it. */
  readonly causationId: string | null;
  /** The idempotency key of the command, or an id made for it. */
  readonly commandId: string;
  /** SHA-256 of the request, base64url: tells a retry from another request under the same key. */
  readonly requestHash: string | null;
  /** Whose data this is. */
  readonly tenant: string;
  /** Id of the API key, or the name of the process, that sent the command. */
  readonly actor: string;
  /** W3C trace context of the request, where the client sent one. */
  readonly traceparent: string | null;
}

export const EVENT_METADATA_SCHEMA: RecordSchema = {
  "type": "record",
  "name": "EventMetadata",
  "namespace": "orderstream",
  "doc": "Who, when, why and where of an event. It is part of every event's value, so that the log alone tells it.",
  "fields": [
    { "name": "eventId", "type": { "type": "string", "logicalType": "uuid" }, "doc": "UUIDv7. The webhook-id of every delivery of this event: deduplicate by it." },
    { "name": "streamId", "type": "string", "doc": "The aggregate whose event this is; also the record's key." },
    { "name": "version", "type": "long", "doc": "Place in the stream, counted from 1 without a gap." },
    { "name": "occurredAt", "type": { "type": "long", "logicalType": "timestamp-millis" }, "doc": "Business time in UTC. The record's own time stamp is when the broker appended it." },
    { "name": "correlationId", "type": "string", "doc": "The same for everything that one request of a client set in motion." },
    { "name": "causationId", "type": ["null", "string"], "default": null, "doc": "The event that led to the command, where a process manager sent it." },
    { "name": "commandId", "type": "string", "doc": "The idempotency key of the command, or an id made for it." },
    { "name": "requestHash", "type": ["null", "string"], "default": null, "doc": "SHA-256 of the request, base64url: tells a retry from another request under the same key." },
    { "name": "tenant", "type": "string", "doc": "Whose data this is." },
    { "name": "actor", "type": "string", "doc": "Id of the API key, or the name of the process, that sent the command." },
    { "name": "traceparent", "type": ["null", "string"], "default": null, "doc": "W3C trace context of the request, where the client sent one." },
  ],
};
