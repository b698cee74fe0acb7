import { type DomainEvent, formatPosition, type RecordedEvent, withoutNulls } from '#libs/kernel';
import type { EventContract } from './event-contract.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';
import type { FieldSchema } from './avro-schema.js';

const byEventType = new Map<string, EventContract>(
  EVENT_CONTRACTS.map((contract) => [contract.eventType, contract]),
);
const byRecordName = new Map<string, EventContract>(
  EVENT_CONTRACTS.map((contract) => [contract.recordName, contract]),
);

export const contractOfEvent = (eventType: string): EventContract | undefined => byEventType.get(eventType);

/** By the full name of the Avro record. */
export const contractOfRecord = (recordName: string): EventContract | undefined =>
  byRecordName.get(recordName);

/** Every event type, sorted. */
export const EVENT_TYPES: readonly string[] = [...byEventType.keys()].toSorted();

export const isEventType = (text: string): boolean => byEventType.has(text);

/** Matches every event of an order except the first. */
const ORDER_UPDATED = 'order.updated';
const ALL = '*';
const ANY_OF_PREFIX = '.*';

const prefixOf = (eventType: string): string => eventType.slice(0, eventType.indexOf('.'));

/** Patterns for subscribers: each event type, `<prefix>.*` for each prefix of one, `order.updated`, and `*`. */
export const EVENT_TYPE_PATTERNS: ReadonlySet<string> = new Set([
  ALL,
  ORDER_UPDATED,
  ...EVENT_TYPES.flatMap((type) => [prefixOf(type) + ANY_OF_PREFIX, type]),
]);

export const isEventTypePattern = (text: string): boolean => EVENT_TYPE_PATTERNS.has(text);

/** Whether the event type matches the pattern, which must be one of {@link EVENT_TYPE_PATTERNS}. */
export function matchesEventType(pattern: string, eventType: string): boolean {
  // Events about webhooks are not business events, so `*` leaves them out.
  if (pattern === ALL) return !eventType.startsWith('webhook');
  if (pattern === ORDER_UPDATED) return eventType.startsWith('order.') && eventType !== 'order.created';
  if (pattern.endsWith(ANY_OF_PREFIX)) return prefixOf(eventType) === pattern.slice(0, -ANY_OF_PREFIX.length);
  return pattern === eventType;
}

/** Every event topic, sorted. */
export const EVENT_TOPICS: readonly string[] = [
  ...new Set(EVENT_CONTRACTS.map(({ topic }) => topic)),
].toSorted();

/** Fields that are not shown as they are in the log, by event type. */
const GUARDED_FIELDS: ReadonlyMap<string, ReadonlyMap<string, FieldSchema>> = new Map(
  EVENT_CONTRACTS.map(({ eventType, schema }) => [
    eventType,
    new Map(
      schema.fields
        .filter((field) => field.sealed === true || field.queryHidden === true)
        .map((field) => [field.dataName ?? field.name, field]),
    ),
  ]),
);

/**
 * The public form of an event's data: no nulls, no sealed fields, not even encrypted, and no URL queries, because they may
 * contain tokens.
 */
export function publicData({ type, data }: DomainEvent): Record<string, unknown> {
  const shown = withoutNulls(data as Record<string, unknown>);
  const guarded = GUARDED_FIELDS.get(type);
  if (!guarded?.size) return shown;
  return Object.fromEntries(
    Object.entries(shown)
      .filter(([name]) => !guarded.get(name)?.sealed)
      .map(([name, value]) => [name, guarded.has(name) ? withoutQuery(value) : value]),
  );
}

const withoutQuery = (url: unknown): unknown => (typeof url === 'string' ? url.replace(/[?#].*$/s, '') : url);

/** An event in CloudEvents 1.0, structured mode. */
interface CloudEvent {
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
    source: topicSource(position.topic),
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

/** The CloudEvents source of events in a topic. */
export const topicSource = (topic: string): string => `/orderstream/${topic}`;
