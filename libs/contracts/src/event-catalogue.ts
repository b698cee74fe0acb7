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

/** Every event type there is, sorted. */
export const EVENT_TYPES: readonly string[] = [...byEventType.keys()].toSorted();

export const isEventType = (text: string): boolean => byEventType.has(text);

/** Stands for every event of an order after the one that created it. */
const ORDER_UPDATED = 'order.updated';
const ALL = '*';
const ANY_OF_PREFIX = '.*';

const prefixOf = (eventType: string): string => eventType.slice(0, eventType.indexOf('.'));

/**
 * What a subscriber may ask for: the name of an event type, `<prefix>.*` where there is such a type, `order.updated`, or
 * `*`.
 */
export const EVENT_TYPE_PATTERNS: ReadonlySet<string> = new Set([
  ALL,
  ORDER_UPDATED,
  ...EVENT_TYPES.flatMap((type) => [prefixOf(type) + ANY_OF_PREFIX, type]),
]);

export const isEventTypePattern = (text: string): boolean => EVENT_TYPE_PATTERNS.has(text);

/** Whether a pattern of {@link isEventTypePattern} asks for events of that type. */
export function matchesEventType(pattern: string, eventType: string): boolean {
  // Who asks for everything wants to hear of the business, not of the webhooks that tell of it.
  if (pattern === ALL) return !eventType.startsWith('webhook');
  if (pattern === ORDER_UPDATED) return eventType.startsWith('order.') && eventType !== 'order.created';
  if (pattern.endsWith(ANY_OF_PREFIX)) return prefixOf(eventType) === pattern.slice(0, -ANY_OF_PREFIX.length);
  return pattern === eventType;
}

/** Every topic that events live in, sorted. */
export const EVENT_TOPICS: readonly string[] = [
  ...new Set(EVENT_CONTRACTS.map(({ topic }) => topic)),
].toSorted();
