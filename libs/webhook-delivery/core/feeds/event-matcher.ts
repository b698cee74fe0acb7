import { matchesEventType } from '#libs/contracts';
import { type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import type { EventFilter, FilterValue, SubscriptionRule } from '#libs/webhooks';
import type { Feed } from '../ports.js';

/** Whether an event matches, by its type, tenant and fields. A feed's start and end are not considered. */
export type EventMatcher = (event: RecordedEvent) => boolean;

/** Owed to the subscription that it names, whatever its event types are. */
const TEST_EVENT = 'webhook.test';

export function eventMatcherOf({ subscription, rules, replayId }: Feed): EventMatcher {
  const tests = rules.map((rule) => ({ from: rule.from, test: ruleMatcherOf(rule) })).toReversed();
  const { tenant, subscriptionId } = subscription;
  return (event) => {
    if (event.metadata.tenant !== tenant) return false;
    if (event.type === TEST_EVENT && replayId === null) {
      return fieldOf(event, ['data', 'subscriptionId']) === subscriptionId;
    }
    const [only] = tests;
    if (tests.length === 1 && only) return only.test(event);
    const { offset } = event.position;
    const key = topicPartitionKey(event.position);
    return tests.find(({ from }) => (from[key] ?? 0) <= offset)?.test(event) ?? false;
  };
}

/** Matches a tenant's events of some types. */
export function interestMatcherOf({
  tenant,
  eventTypes,
}: {
  readonly tenant: string;
  readonly eventTypes: readonly string[];
}): EventMatcher {
  const test = ruleMatcherOf({ eventTypes, filter: null });
  return (event) => event.metadata.tenant === tenant && test(event);
}

function ruleMatcherOf({
  eventTypes,
  filter,
}: Pick<SubscriptionRule, 'eventTypes' | 'filter'>): EventMatcher {
  // There are few event types and many events, so each type is matched once.
  const matches = new Map<string, boolean>();
  const passes = filter ? filterMatcherOf(filter) : () => true;
  return (event) => {
    let matching = matches.get(event.type);
    if (matching === undefined) {
      matching = eventTypes.some((pattern) => matchesEventType(pattern, event.type));
      matches.set(event.type, matching);
    }
    return matching && passes(event);
  };
}

function filterMatcherOf(filter: EventFilter): EventMatcher {
  const conditions = Object.entries(filter).map(([path, wanted]) => ({
    path: path.split('.'),
    values: new Set(valuesOf(wanted)),
  }));
  return (event) => conditions.every(({ path, values }) => values.has(fieldOf(event, path) as FilterValue));
}

export const valuesOf = (wanted: FilterValue | readonly FilterValue[]): readonly FilterValue[] =>
  Array.isArray(wanted) ? (wanted as readonly FilterValue[]) : [wanted as FilterValue];

/** The field at a path as in {@link EventFilter}, or `null` without one. */
export function fieldOf(event: RecordedEvent, path: readonly string[]): unknown {
  let value: unknown = event;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
