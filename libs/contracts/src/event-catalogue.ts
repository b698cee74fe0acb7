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

/**
 * Whether a subscriber may ask for it: the name of an event type, `<prefix>.*` where there is such a type,
 * `order.updated`, or `*`.
 */
export function isEventTypePattern(text: string): boolean {
  if (text === ALL || text === ORDER_UPDATED || isEventType(text)) return true;
  return text.endsWith(ANY_OF_PREFIX) && EVENT_TYPES.some((type) => matchesEventType(text, type));
}

/** Whether a pattern of {@link isEventTypePattern} asks for events of that type. */
export function matchesEventType(pattern: string, eventType: string): boolean {
  // Who asks for everything wants to hear of the business, not of the webhooks that tell of it.
  if (pattern === ALL) return !eventType.startsWith('webhook');
  if (pattern === ORDER_UPDATED) return eventType.startsWith('order.') && eventType !== 'order.created';
  if (pattern.endsWith(ANY_OF_PREFIX)) return prefixOf(eventType) === pattern.slice(0, -ANY_OF_PREFIX.length);
  return pattern === eventType;
}

const prefixOf = (eventType: string): string => eventType.slice(0, eventType.indexOf('.'));

/** Every topic that events live in, sorted. */
export const EVENT_TOPICS: readonly string[] = [
  ...new Set(EVENT_CONTRACTS.map(({ topic }) => topic)),
].toSorted();
