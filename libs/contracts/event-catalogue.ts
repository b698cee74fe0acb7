import type { EventContract } from './event-contract.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

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
