import type { SubscriberPlan } from './subscriber.js';
import { TIMEOUT_MS } from './subscribers-server.js';

/** Attempts never run out, and lanes are not held for long. */
export const RETRY = { maxAttempts: 100, initialDelayMs: 20, maxDelayMs: 400, timeoutMs: TIMEOUT_MS };

const LIVE = { ordering: 'stream', fromBeginning: false, more: {} } as const;

/** Subscribers from the start. */
export const FIRST_PLANS: readonly SubscriberPlan[] = [
  { ...LIVE, name: 'everything', eventTypes: ['*'], fromBeginning: true },
  { ...LIVE, name: 'orders', eventTypes: ['order.*'] },
  { ...LIVE, name: 'stock', eventTypes: ['stock.*'] },
  { ...LIVE, name: 'steps', eventTypes: ['order.updated', 'stock.adjusted'] },
  {
    ...LIVE,
    name: 'whole partitions',
    eventTypes: ['order.*'],
    ordering: 'partition',
    more: { ordering: 'partition' },
  },
  { ...LIVE, name: 'unordered', eventTypes: ['*'], ordering: 'none', more: { ordering: 'none' } },
  {
    ...LIVE,
    name: 'in batches',
    eventTypes: ['*'],
    more: { batch: { maxEvents: 20, maxWaitMs: 50 } },
  },
  {
    ...LIVE,
    name: 'filtered',
    eventTypes: ['*'],
    versions: [2, 3, 5],
    more: { filter: { 'metadata.version': [2, 3, 5] } },
  },
  {
    ...LIVE,
    name: 'thin CloudEvents',
    eventTypes: ['*'],
    more: { payload: 'thin', format: 'cloudevents' },
  },
  {
    ...LIVE,
    name: 'dead letters',
    eventTypes: ['*'],
    more: { retry: { ...RETRY, maxAttempts: 2 } },
  },
];

/** Event types of newcomers, and of subscriptions that change theirs. */
export const EVENT_TYPES: readonly (readonly string[])[] = [
  ['*'],
  ['order.*'],
  ['stock.*'],
  ['stock.received', 'order.created'],
  ['order.updated'],
];

/** Filters of subscriptions that change theirs; `null` for no filter. */
export const VERSIONS: readonly (readonly number[] | null)[] = [null, null, [1, 3, 5], [2, 4]];

/** A subscriber that comes later and starts from the beginning. */
export const newcomerPlan = (name: string, eventTypes: readonly string[]): SubscriberPlan => ({
  ...LIVE,
  name,
  eventTypes,
  fromBeginning: true,
});
