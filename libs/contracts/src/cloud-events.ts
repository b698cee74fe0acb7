import { type EventMetadata, formatPosition, type RecordedEvent } from '#libs/kernel';

/**
 * The headers of an event's record: CloudEvents 1.0, Kafka protocol binding, binary mode. Routers filter by
 * them without decoding the value; nothing of ours reads them back, as the value says the same.
 */
export function cloudEventHeaders(
  topic: string,
  type: string,
  { eventId, streamId, occurredAt, tenant, version }: EventMetadata,
): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: eventId,
    ce_source: sourceOf(topic),
    ce_type: type,
    ce_subject: streamId,
    ce_time: occurredAt,
    // Extension attributes: the standard allows them lower-case letters and digits only.
    ce_tenant: tenant,
    ce_streamversion: String(version),
    'content-type': 'application/avro',
  };
}

/** An event in CloudEvents 1.0, structured mode. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly tenant: string;
  readonly streamversion: number;
  /** Not in the headers of a record, which knows its own place. */
  readonly orderstreamposition: string;
  readonly datacontenttype: 'application/json';
  readonly data: unknown;
}

/** The same attributes, with the data as JSON. */
export function cloudEvent({ type, position, metadata }: RecordedEvent, data: unknown): CloudEvent {
  return {
    specversion: '1.0',
    id: metadata.eventId,
    source: sourceOf(position.topic),
    type,
    subject: metadata.streamId,
    time: metadata.occurredAt,
    tenant: metadata.tenant,
    streamversion: metadata.version,
    orderstreamposition: formatPosition(position),
    datacontenttype: 'application/json',
    data,
  };
}

const sourceOf = (topic: string): string => `/orderstream/${topic}`;
