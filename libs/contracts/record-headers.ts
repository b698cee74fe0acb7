import type { EventMetadata } from '#libs/kernel';
import { contractOfEvent, EVENT_TOPICS, topicSource } from './event-catalogue.js';

/**
 * The headers of an event's Kafka record: CloudEvents 1.0, Kafka protocol binding, binary mode. Routers filter by them
 * without decoding the value; the codec of events uses only {@link RecordMarks}.
 */
export function cloudEventHeaders(
  topic: string,
  type: string,
  { eventId, streamId, occurredAt, tenant, version, traceparent }: EventMetadata,
): Record<string, string> {
  return {
    ce_specversion: '1.0',
    [ID_HEADER]: eventId,
    ce_source: topicSource(topic),
    ce_type: type,
    ce_subject: streamId,
    ce_time: occurredAt,
    // The standard allows only lower-case letters and digits in names of extension attributes.
    ce_tenant: tenant,
    ce_streamversion: String(version),
    'content-type': 'application/avro',
    // As W3C and OpenTelemetry name it, so that other consumers continue the trace.
    ...(traceparent !== null && { traceparent }),
  };
}

/** The headers that tell events from foreign records, and confirm the schema that the registry names. */
export interface RecordMarks {
  readonly source: string | undefined;
  readonly type: string | undefined;
}

/** Holds the id of the event. */
export const ID_HEADER = 'ce_id';
export const SOURCE_HEADER = 'ce_source';
export const TYPE_HEADER = 'ce_type';

/**
 * Whether something else appended the record. Every release has written both headers, with the record's own topic; a
 * copy sent to the wrong topic is foreign, too.
 */
export function isForeign(topic: string, marks: RecordMarks | undefined): boolean {
  if (marks?.type === undefined || !marks.source?.startsWith(topicSource(''))) return true;
  if (!EVENT_TOPICS.includes(topic)) return false;
  return marks.source !== topicSource(topic) || (contractOfEvent(marks.type)?.topic ?? topic) !== topic;
}

/** A record without key and value fences a former producer id. Readers skip it, because it is not an event. */
export const isFenceRecord = ({ key, value, isControlRecord }: KeyAndValue): boolean =>
  !isControlRecord && key === null && value === null;

interface KeyAndValue {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly isControlRecord?: boolean;
}
