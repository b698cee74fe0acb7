import { matchesEventType } from '#libs/contracts';
import { formatPosition, type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import { type FilterValue, rulesUpTo, type SubscriptionRule } from '#libs/webhooks';
import { fieldOf, TEST_EVENT, valuesOf } from '../feeds/feed-index.js';
import type { ExplainedSubscription } from './delivery-facts.js';

/** Why an event is not owed to a subscription. */
export type NotOwed =
  | {
      readonly outcome: 'filtered';
      readonly reason: string;
      readonly condition: FailedCondition;
    }
  | { readonly outcome: 'not-subscribed'; readonly reason: string; readonly eventTypes: readonly string[] }
  | { readonly outcome: 'before-start'; readonly reason: string; readonly start: string };

/** The first condition of a filter that the event does not meet. */
export interface FailedCondition {
  readonly field: string;
  readonly expected: readonly FilterValue[];
  /** Absent for a list or an object, which no condition matches. A text is cut at 1,000 characters. */
  readonly found?: FilterValue;
}

/** `isMerged`: by a rule that stands for several, after many changes, and may owe more than each of them. */
export type Owing = { readonly outcome: 'owed'; readonly isMerged: boolean } | NotOwed;

/**
 * Whether an event is owed to a subscription, and if not, why. Agrees with `eventMatcherOf`.
 * @param revision of the rules to judge by; without it, the present ones
 */
export function owingOf(event: RecordedEvent, subscription: ExplainedSubscription, revision?: number): Owing {
  const { position, type, metadata } = event;
  const { subscriptionId, tenant, start } = subscription;
  const rules = revision === undefined ? subscription.rules : rulesUpTo(subscription.rules, revision);
  const key = topicPartitionKey(position);
  if (metadata.tenant !== tenant)
    return notSubscribed('The event belongs to another tenant.', rules.at(-1)?.eventTypes);
  const from = start[key] ?? 0;
  const rule = rules.findLast((each) => (each.from[key] ?? 0) <= position.offset);
  if (position.offset < from || !rule) return beforeStart({ ...position, offset: from });
  if (type === TEST_EVENT)
    return fieldOf(event, ['data', 'subscriptionId']) === subscriptionId
      ? { outcome: 'owed', isMerged: false }
      : notSubscribed('The test was for another subscription.', rule.eventTypes);
  const when = rule === rules.at(-1) ? '' : ' by its settings at that position, which have changed since';
  if (!rule.eventTypes.some((pattern) => matchesEventType(pattern, type)))
    return notSubscribed(`${notAskedFor(type, rule.eventTypes)}${when}.`, rule.eventTypes);
  const failed = failedConditionOf(event, rule);
  if (!failed) return { outcome: 'owed', isMerged: rule.revision !== undefined };
  const reason = `The filter asks for another value of ${failed.field}${when}.`;
  return { outcome: 'filtered', reason, condition: failed };
}

function notAskedFor(type: string, eventTypes: readonly string[]): string {
  const leftOut = eventTypes.includes('*') ? ', and * leaves out events about webhooks and processes' : '';
  return `The subscription does not ask for ${type}${leftOut}`;
}

const notSubscribed = (reason: string, eventTypes: readonly string[] = []): NotOwed => ({
  outcome: 'not-subscribed',
  reason,
  eventTypes,
});

function beforeStart(position: RecordedEvent['position']): NotOwed {
  const start = formatPosition(position);
  const reason = `The subscription starts at ${start} in this partition, after the event.`;
  return { outcome: 'before-start', reason, start };
}

function failedConditionOf(event: RecordedEvent, { filter }: SubscriptionRule): FailedCondition | undefined {
  for (const [field, wanted] of Object.entries(filter ?? {})) {
    const expected = valuesOf(wanted);
    const found = fieldOf(event, field.split('.'));
    if (expected.includes(found as FilterValue)) continue;
    return { field, expected, ...(isFilterValue(found) && { found: shortened(found) }) };
  }
  return undefined;
}

/** No longer than the longest text that a condition may ask for. */
const MAX_TEXT = 1_000;

const shortened = (value: FilterValue): FilterValue =>
  typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;

const isFilterValue = (value: unknown): value is FilterValue =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);
