import { unreachable } from '#libs/kernel';
import { withNotice } from './dead-letter-notices.js';
import type { EndpointWarning } from './endpoint-health.js';
import type { EventFilter } from './event-filter.js';
import { withRule } from './subscription-rules.js';
import { parseStartFrom } from './start-from.js';
import type { ExhaustionPolicy, Format, Ordering, Payload } from './subscription.js';
import type { SubscriptionEvent, SubscriptionSettingsData } from './subscription-events.js';
import {
  type DisabledReason,
  isLive,
  type LiveSubscription,
  type SubscriptionSettings,
  type SubscriptionState,
} from './subscription-state.js';

/** Applies one event. Events of a subscription that does not exist change nothing. */
export function evolve(state: SubscriptionState, event: SubscriptionEvent): SubscriptionState {
  if (event.type === 'webhook-subscription.created') {
    const { data } = event;
    const settings = settingsFrom(data);
    const { eventTypes, filter } = settings;
    return {
      status: 'active',
      disabledReason: null,
      subscriptionId: data.subscriptionId,
      ...settings,
      startFrom: parseStartFrom(data.startFrom),
      start: data.start,
      rules: [{ from: data.start, eventTypes, filter }],
      revision: 1,
      endpointRevision: 1,
    };
  }
  return isLive(state) ? evolveLive(state, event) : state;
}

function evolveLive(
  state: LiveSubscription,
  event: Exclude<SubscriptionEvent, { type: 'webhook-subscription.created' }>,
): SubscriptionState {
  const revision = state.revision + 1;
  switch (event.type) {
    case 'webhook-subscription.updated':
      return {
        ...updated(state, event.data),
        revision,
        ...(event.data.changed.includes('callbackUrl') && { endpointRevision: revision, ...afresh(event) }),
      };
    case 'webhook-subscription.paused':
      return { ...state, status: 'paused', revision, ...stopped(event), warned: undefined };
    case 'webhook-subscription.resumed': {
      const { stoppedAt: _, ...going } = state;
      return {
        ...going,
        status: 'active',
        disabledReason: null,
        revision,
        endpointRevision: revision,
        ...afresh(event),
      };
    }
    case 'webhook-subscription.disabled':
      return {
        ...state,
        status: 'disabled',
        disabledReason: event.data.reason as DisabledReason,
        revision,
        ...stopped(event),
        warned: undefined,
      };
    case 'webhook-subscription.deleted':
      return { status: 'deleted' };
    case 'webhook-subscription.failing': {
      const { warning, since, disablesAt } = event.data;
      return { ...state, warned: { warning, since, disablesAt } as EndpointWarning };
    }
    case 'webhook-subscription.recovered':
      return { ...state, ...afresh(event) };
    case 'webhook.dead-lettered':
      // Older events lack the time and cannot be told apart.
      return event.data.parkedAt === null
        ? state
        : { ...state, notices: withNotice(state.notices, event.data) };
    case 'webhook.test':
      return state;
    default:
      return unreachable(event);
  }
}

const stopped = ({ occurredAt }: SubscriptionEvent) =>
  occurredAt === undefined ? {} : { stoppedAt: occurredAt };

/** Former failures of the endpoint no longer count. */
const afresh = ({ occurredAt }: SubscriptionEvent) => ({ warned: undefined, judgedFrom: occurredAt });

function updated(
  state: LiveSubscription,
  data: SubscriptionSettingsData & { readonly changed: readonly string[] },
): LiveSubscription {
  const settings = settingsFrom(data);
  const { eventTypes, filter } = settings;
  const isOwedOther = data.changed.includes('eventTypes') || data.changed.includes('filter');
  const rules = isOwedOther
    ? withRule(state.rules, { from: data.positions, eventTypes, filter })
    : state.rules;
  return { ...state, ...settings, rules };
}

/** Only the decider writes these events, so the texts are valid enumeration values. */
const settingsFrom = (
  data: SubscriptionSettingsData,
): SubscriptionSettings & Pick<LiveSubscription, 'callbackQuery' | 'secrets' | 'headers'> => ({
  callbackUrl: data.callbackUrl,
  callbackQuery: data.callbackQuery,
  eventTypes: data.eventTypes,
  filter: data.filter === null ? null : (JSON.parse(data.filter) as EventFilter),
  ordering: data.ordering as Ordering,
  onExhausted: data.onExhausted as ExhaustionPolicy,
  payload: data.payload as Payload,
  format: data.format as Format,
  batch: data.batch,
  rateLimit: data.rateLimit,
  retry: data.retry,
  secrets: data.secrets,
  headers: data.headers,
});
