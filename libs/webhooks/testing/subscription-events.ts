import type { EventMetadata, RecordedEvent } from '#libs/kernel';
import type { CreateSubscription } from '../subscription-commands.js';
import { DEFAULT_RETRY_POLICY } from '../retry-policy.js';
import type { Subscription } from '../subscription.js';
import type { SubscriptionCreated, SubscriptionEvent, SubscriptionUpdated } from '../subscription-events.js';
import type { SubscriptionSettings } from '../subscription-state.js';
import { someMetadata } from '#libs/orders/testing';

export const SUBSCRIPTION_ID = '0197a2f0-0000-7000-8000-00000000000a';

export const someSettings = (given: Partial<SubscriptionSettings> = {}): SubscriptionSettings => ({
  callbackUrl: 'https://example.com/hook',
  eventTypes: ['order.*'],
  filter: null,
  ordering: 'stream',
  onExhausted: 'park',
  payload: 'full',
  format: 'native',
  batch: null,
  rateLimit: null,
  retry: DEFAULT_RETRY_POLICY,
  ...given,
});

/** A subscription as dispatchers know it. */
export function someSubscription(given: Partial<Subscription> = {}): Subscription {
  const { eventTypes: _, filter: __, ...settings } = someSettings();
  const unchanged = { revision: 1, endpointRevision: 1, secrets: [], status: 'active', headers: {} } as const;
  return { ...settings, ...unchanged, subscriptionId: SUBSCRIPTION_ID, tenant: 'acme', ...given };
}

export const someCreate = (given: Partial<CreateSubscription> = {}): CreateSubscription => ({
  type: 'create-subscription',
  subscriptionId: SUBSCRIPTION_ID,
  settings: someSettings(),
  secret: 'sealed-1',
  callbackQuery: null,
  headers: null,
  startFrom: 'now',
  start: { 'orders/0': 10 },
  positions: { 'orders/0': 10 },
  existing: 0,
  limit: 1,
  memory: { bytes: 0, limit: 1_000_000 },
  ...given,
});

/** The event that {@link someCreate} leads to. */
export const someCreated = (given: Partial<SubscriptionCreated['data']> = {}): SubscriptionCreated => ({
  type: 'webhook-subscription.created',
  data: {
    subscriptionId: SUBSCRIPTION_ID,
    ...someSettings(),
    filter: null,
    callbackQuery: null,
    secrets: [{ sealed: 'sealed-1', expiresAt: null }],
    headers: null,
    startFrom: 'now',
    start: { 'orders/0': 10 },
    positions: { 'orders/0': 10 },
    ...given,
  },
});

/** All as {@link someCreated} has it, but for what is named. */
export function someUpdated(
  changed: readonly string[],
  given: Partial<SubscriptionUpdated['data']> = {},
): SubscriptionUpdated {
  const { startFrom: _, start: __, ...data } = someCreated().data;
  const positions = { 'orders/0': 20 };
  return { type: 'webhook-subscription.updated', data: { ...data, positions, ...given, changed } };
}

export type SubscriptionEventToAppend = SubscriptionEvent & { readonly metadata: EventMetadata };

/** An event of a subscription at a place in its stream. */
export const someSubscriptionEvent = (
  version: number,
  event: SubscriptionEvent,
  given: Partial<EventMetadata> = {},
): SubscriptionEventToAppend => ({
  ...event,
  metadata: someMetadata({ streamId: event.data.subscriptionId, version, ...given }),
});

export const subscriptionEventAt = (
  event: SubscriptionEventToAppend,
  offset: number,
): RecordedEvent<SubscriptionEvent> => ({ ...event, position: { topic: 'webhooks', partition: 0, offset } });
