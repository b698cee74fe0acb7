import { type EventMetadata, formatPosition, type RecordedEvent } from '#libs/kernel';
import { contractOfEvent, EVENT_TOPICS } from './event-catalogue.js';

/**
 * The headers of an event's record: CloudEvents 1.0, Kafka protocol binding, binary mode. Routers filter by
 * them without decoding the value; readers of ours look at {@link RecordMarks} alone.
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

/** The headers by which readers tell an event of ours from a foreign record, and check the registry's word. */
export interface RecordMarks {
  readonly source: string | undefined;
  readonly type: string | undefined;
}

export const SOURCE_HEADER = 'ce_source';
export const TYPE_HEADER = 'ce_type';

const SOURCE = '/orderstream/';

/**
 * Every event has carried both headers since the first release, so a record that lacks one was never appended by us; nor
 * was one that speaks of another topic than that it is in, such as a copy that somebody has sent to the wrong one.
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

const sourceOf = (topic: string): string => `${SOURCE}${topic}`;
