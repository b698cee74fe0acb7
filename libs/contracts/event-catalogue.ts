import { type DomainEvent, formatPosition, type RecordedEvent, withoutNulls } from '#libs/kernel';
import type { EventContract } from './event-contract.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';
import { type FieldSchema, isHidden, isRecord, isUnion, type RecordSchema } from './avro-schema.js';

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

/** Every event topic, sorted. */
export const EVENT_TOPICS: readonly string[] = topicsOf(EVENT_CONTRACTS);

/** Topics for operators alone: no tenant is ever shown or sent one of their events. */
const OPERATORS_TOPICS: ReadonlySet<string> = new Set(['audit']);

/** The events that tenants may read and subscribe to. */
export const TENANT_EVENT_CONTRACTS: readonly EventContract[] = EVENT_CONTRACTS.filter(
  ({ topic }) => !OPERATORS_TOPICS.has(topic),
);

/** Their types, sorted. */
export const TENANT_EVENT_TYPES: readonly string[] = TENANT_EVENT_CONTRACTS.map(
  ({ eventType }) => eventType,
).toSorted();

/** Their topics, sorted. */
export const TENANT_EVENT_TOPICS: readonly string[] = topicsOf(TENANT_EVENT_CONTRACTS);

function topicsOf(contracts: readonly EventContract[]): string[] {
  return [...new Set(contracts.map(({ topic }) => topic))].toSorted();
}

/** Matches every event of an order except the first. */
const ORDER_UPDATED = 'order.updated';
const ALL = '*';
const ANY_OF_PREFIX = '.*';

const prefixOf = (eventType: string): string => eventType.slice(0, eventType.indexOf('.'));

/** Patterns for subscribers: each event type of tenants, `<prefix>.*` for each prefix of one, `order.updated`, and `*`. */
export const EVENT_TYPE_PATTERNS: ReadonlySet<string> = new Set([
  ALL,
  ORDER_UPDATED,
  ...TENANT_EVENT_TYPES.flatMap((type) => [prefixOf(type) + ANY_OF_PREFIX, type]),
]);

export const isEventTypePattern = (text: string): boolean => EVENT_TYPE_PATTERNS.has(text);

/** Events about webhooks and processes are no business events, so `*` leaves them out. */
const isInternal = (eventType: string): boolean =>
  eventType.startsWith('webhook') || eventType.startsWith('process.');

/** Whether the event type matches the pattern, which must be one of {@link EVENT_TYPE_PATTERNS}. */
export function matchesEventType(pattern: string, eventType: string): boolean {
  if (pattern === ALL) return !isInternal(eventType);
  if (pattern === ORDER_UPDATED) return eventType.startsWith('order.') && eventType !== 'order.created';
  if (pattern.endsWith(ANY_OF_PREFIX)) return prefixOf(eventType) === pattern.slice(0, -ANY_OF_PREFIX.length);
  return pattern === eventType;
}

/** How a field is shown: not at all, without a query, or without parts of it. */
type Guard = 'hidden' | 'query-hidden' | GuardedFields;
type GuardedFields = ReadonlyMap<string, Guard>;

/** Fields that are not shown as they are in the log, by event type. */
const GUARDED_FIELDS: ReadonlyMap<string, GuardedFields> = new Map(
  EVENT_CONTRACTS.map(({ eventType, schema }) => [eventType, guardedFieldsOf(schema)]),
);

function guardedFieldsOf({ fields }: RecordSchema): GuardedFields {
  const guarded = new Map<string, Guard>();
  for (const field of fields) {
    const guard = guardOf(field);
    if (guard) guarded.set(field.dataName ?? field.name, guard);
  }
  return guarded;
}

function guardOf(field: FieldSchema): Guard | undefined {
  if (isHidden(field)) return 'hidden';
  if (field.queryHidden) return 'query-hidden';
  const parts = isUnion(field.type) ? field.type : [field.type];
  const inner = parts.filter(isRecord).map(guardedFieldsOf);
  return inner.find(({ size }) => size > 0);
}

/**
 * The public form of an event's data: no nulls, no hidden fields, sealed ones not even encrypted, and no URL queries,
 * because they may contain tokens.
 */
export function publicData({ type, data }: DomainEvent): Record<string, unknown> {
  const shown = withoutNulls(data as Record<string, unknown>);
  const guarded = GUARDED_FIELDS.get(type);
  return guarded?.size ? guard(shown, guarded) : shown;
}

function guard(record: object, guarded: GuardedFields): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record)) {
    const how = guarded.get(name);
    if (how !== 'hidden') shown[name] = how ? guardValue(value, how) : value;
  }
  return shown;
}

function guardValue(value: unknown, how: Exclude<Guard, 'hidden'>): unknown {
  if (how === 'query-hidden') return typeof value === 'string' ? value.replace(/[?#].*$/s, '') : value;
  return typeof value === 'object' && value !== null ? guard(value, how) : value;
}

/** Whether a field of an event's data is hidden, so that no filter may find out what is in it. */
export function isHiddenField(eventType: string, path: readonly string[]): boolean {
  let guarded = GUARDED_FIELDS.get(eventType);
  for (const name of path) {
    const how = guarded?.get(name);
    if (how === undefined || how === 'query-hidden') return false;
    if (how === 'hidden') return true;
    guarded = how;
  }
  return false;
}

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
