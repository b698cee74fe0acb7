import { TENANT_EVENT_TYPES, isHiddenField, matchesEventType } from '#libs/contracts';
import { type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import { type EventFilter, type FilterValue, rulesRevision, type SubscriptionRule } from '#libs/webhooks';
import type { Feed } from '../ports.js';

export interface IndexedFeed {
  readonly feed: Feed;
  readonly matches: EventMatcher;
  readonly rulesRevision: number;
}

/** Revisions of feeds, by id. */
export type FeedRevisions = ReadonlyMap<string, number>;

/** New or changed feeds by id; `undefined` for a feed that is no longer to be served. */
export type FeedNews = ReadonlyMap<string, Feed | undefined>;

/** The difference between two polls. */
export interface FeedChanges {
  /** New and changed feeds. */
  readonly begun: readonly Feed[];
  /** The former state of changed feeds, by id. */
  readonly before: ReadonlyMap<string, IndexedFeed>;
  readonly ended: readonly string[];
}

/** Ids of feeds whose endpoint changed, or starts with a clean record after a resume. */
export const movedFeeds = ({ begun, before }: FeedChanges): string[] =>
  begun
    .filter(({ feedId, subscription }) => {
      const known = before.get(feedId)?.feed.subscription;
      return known !== undefined && known.endpointRevision !== subscription.endpointRevision;
    })
    .map(({ feedId }) => feedId);

interface FieldCandidates {
  readonly path: readonly string[];
  readonly feeds: Map<FilterValue, IndexedFeed[]>;
}

/** Feeds that an event of one type may be owed to: any of them, or those that filter a field for its value. */
interface Candidates {
  readonly any: IndexedFeed[];
  readonly byField: Map<string, FieldCandidates>;
}

/**
 * All feeds of the process. It finds those that an event is owed to by tenant, type, and the value of the first field
 * that a filter names, without looking at the others.
 */
export class FeedIndex {
  readonly #feeds = new Map<string, IndexedFeed>();
  readonly #ofTenants = new Map<string, Map<string, IndexedFeed>>();
  /** By tenant and type; built on first use after a change. */
  readonly #candidates = new Map<string, Map<string, Candidates>>();

  get(feedId: string): IndexedFeed | undefined {
    return this.#feeds.get(feedId);
  }

  all(): Iterable<IndexedFeed> {
    return this.#feeds.values();
  }

  /** Applies news and returns what changed; a feed whose revision is already known did not. */
  apply(news: FeedNews): FeedChanges {
    const begun: Feed[] = [];
    const before = new Map<string, IndexedFeed>();
    const ended: string[] = [];
    for (const [id, feed] of news) {
      const known = this.#feeds.get(id);
      if (!feed) {
        if (known) ended.push(id);
        this.#drop(id);
      } else if (known?.feed.revision !== feed.revision) {
        if (known) before.set(id, known);
        begun.push(feed);
        this.#add(feed);
      }
    }
    return { begun, before, ended };
  }

  /** The live feeds that the event is owed to. */
  *owedTo(event: RecordedEvent): Iterable<IndexedFeed> {
    const candidates = this.#candidatesOf(event);
    if (!candidates) return;
    for (const indexed of candidates.any) if (indexed.matches(event)) yield indexed;
    for (const { path, feeds } of candidates.byField.values()) {
      const found = feeds.get(fieldOf(event, path) as FilterValue);
      if (found) for (const indexed of found) if (indexed.matches(event)) yield indexed;
    }
  }

  #add(feed: Feed): void {
    this.#drop(feed.feedId);
    const indexed = { feed, matches: eventMatcherOf(feed), rulesRevision: rulesRevision(feed.rules) };
    this.#feeds.set(feed.feedId, indexed);
    if (feed.replayId !== null) return;
    const { tenant } = feed.subscription;
    const own = this.#ofTenants.get(tenant) ?? new Map<string, IndexedFeed>();
    this.#ofTenants.set(tenant, own.set(feed.feedId, indexed));
    this.#candidates.delete(tenant);
  }

  #drop(feedId: string): void {
    const indexed = this.#feeds.get(feedId);
    if (!indexed) return;
    this.#feeds.delete(feedId);
    const { tenant } = indexed.feed.subscription;
    const own = this.#ofTenants.get(tenant);
    own?.delete(feedId);
    if (own?.size === 0) this.#ofTenants.delete(tenant);
    this.#candidates.delete(tenant);
  }

  #candidatesOf({ type, metadata: { tenant } }: RecordedEvent): Candidates | undefined {
    const own = this.#ofTenants.get(tenant);
    if (!own) return undefined;
    const byType = this.#candidates.get(tenant) ?? new Map<string, Candidates>();
    this.#candidates.set(tenant, byType);
    let candidates = byType.get(type);
    if (!candidates) {
      candidates = candidatesFor(type, own.values());
      // Unknown types are not cached, so that they cannot grow the map.
      if (TENANT_EVENT_TYPES.includes(type)) byType.set(type, candidates);
    }
    return candidates;
  }
}

function candidatesFor(type: string, feeds: Iterable<IndexedFeed>): Candidates {
  const candidates: Candidates = { any: [], byField: new Map() };
  for (const indexed of feeds) {
    const { rules } = indexed.feed;
    const mayBe = rules.some(({ eventTypes }) =>
      eventTypes.some((pattern) => matchesEventType(pattern, type)),
    );
    if (!mayBe && type !== 'webhook.test') continue;
    const [condition] = rules.length === 1 ? Object.entries(rules[0]?.filter ?? {}) : [];
    if (!condition || type === 'webhook.test') {
      candidates.any.push(indexed);
      continue;
    }
    const [path, wanted] = condition;
    const field: FieldCandidates = candidates.byField.get(path) ?? {
      path: path.split('.'),
      feeds: new Map(),
    };
    candidates.byField.set(path, field);
    for (const value of new Set(valuesOf(wanted))) {
      const known = field.feeds.get(value);
      if (known) known.push(indexed);
      else field.feeds.set(value, [indexed]);
    }
  }
  return candidates;
}

/** Whether an event matches, by its type, tenant and fields. A feed's start and end are not considered. */
export type EventMatcher = (event: RecordedEvent) => boolean;

/** Owed to the subscription that it names, whatever its event types are. */
export const TEST_EVENT = 'webhook.test';

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

/** The field at a path as in {@link EventFilter}, or `null` without one, or if it is hidden from subscribers. */
export function fieldOf(event: RecordedEvent, path: readonly string[]): unknown {
  if (isHiddenField(event.type, path.slice(1))) return null;
  let value: unknown = event;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return null;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
