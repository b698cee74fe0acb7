import { type EventMetadata, formatPosition, type RecordedEvent } from '#libs/kernel';
import { contractOfEvent, EVENT_TOPICS } from './event-catalogue.js';

/**
 * The headers of an event's Kafka record: CloudEvents 1.0, Kafka protocol binding, binary mode. Routers filter by them
 * without decoding the value; {@link EventCodec} uses only {@link RecordMarks}.
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
    // The standard allows only lower-case letters and digits in names of extension attributes.
    ce_tenant: tenant,
    ce_streamversion: String(version),
    'content-type': 'application/avro',
  };
}

/** The headers that tell events from foreign records, and confirm the schema that the registry names. */
export interface RecordMarks {
  readonly source: string | undefined;
  readonly type: string | undefined;
}

export const SOURCE_HEADER = 'ce_source';
export const TYPE_HEADER = 'ce_type';

const SOURCE = '/orderstream/';

/**
 * Whether something else appended the record. Every release has written both headers, with the record's own topic; a
 * copy sent to the wrong topic is foreign, too.
 */
export function isForeign(topic: string, marks: RecordMarks | undefined): boolean {
  if (marks?.type === undefined || !marks.source?.startsWith(SOURCE)) return true;
  if (!EVENT_TOPICS.includes(topic)) return false;
  return marks.source !== sourceOf(topic) || (contractOfEvent(marks.type)?.topic ?? topic) !== topic;
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
  /** Kafka records have no such header, because they know their position. */
  readonly orderstreamposition: string;
  readonly datacontenttype: 'application/json';
  readonly data: unknown;
}

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

const sourceOf = (topic: string): string => `${SOURCE}${topic}`;
