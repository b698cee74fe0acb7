import { matchesEventType } from '#libs/contracts';
import { type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import type { EventFilter, FilterValue, OwingRule } from '#libs/webhooks';
import type { Feed } from '../ports.js';

/** Whether an event is owed to a feed, by what it is. Where the feed begins and ends is not looked at. */
export type OwingTest = (event: RecordedEvent) => boolean;

/** Goes to the subscription that it names, whatever that has subscribed to. */
const TEST_EVENT = 'webhook.test';

export function owingTestOf({ subscription, rules, replayId }: Feed): OwingTest {
  const tests = rules.map((rule) => ({ from: rule.from, test: ruleTestOf(rule) })).toReversed();
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

/** Whether a tenant asks for an event, by its type. */
export function interestTestOf({
  tenant,
  eventTypes,
}: {
  readonly tenant: string;
  readonly eventTypes: readonly string[];
}): OwingTest {
  const test = ruleTestOf({ eventTypes, filter: null });
  return (event) => event.metadata.tenant === tenant && test(event);
}

function ruleTestOf({ eventTypes, filter }: Pick<OwingRule, 'eventTypes' | 'filter'>): OwingTest {
  // There are few event types and many events: each type is looked at once.
  const matches = new Map<string, boolean>();
  const passes = filter ? filterTestOf(filter) : () => true;
  return (event) => {
    let matching = matches.get(event.type);
    if (matching === undefined) {
      matching = eventTypes.some((pattern) => matchesEventType(pattern, event.type));
      matches.set(event.type, matching);
    }
    return matching && passes(event);
  };
}

function filterTestOf(filter: EventFilter): OwingTest {
  const conditions = Object.entries(filter).map(([path, wanted]) => ({
    path: path.split('.'),
    values: new Set(valuesOf(wanted)),
  }));
  return (event) => conditions.every(({ path, values }) => values.has(fieldOf(event, path) as FilterValue));
}

export const valuesOf = (wanted: FilterValue | readonly FilterValue[]): readonly FilterValue[] =>
  Array.isArray(wanted) ? (wanted as readonly FilterValue[]) : [wanted as FilterValue];

/** By a path as in {@link EventFilter}; `null` where there is no such field. */
export function fieldOf(event: RecordedEvent, path: readonly string[]): unknown {
  let value: unknown = event;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
