import type { SubscriptionRule } from '#libs/webhooks';
import type { DeliveryFacts, LaneFacts } from '../core/explain/delivery-facts.js';
import { explain, type Explanation } from '../core/explain/explain.js';

type Outcome = Explanation['outcome'];
type Told<Name extends Outcome> = Extract<Explanation, { readonly outcome: Name }>;
type Changes = Partial<{
  readonly [Name in keyof DeliveryFacts]: DeliveryFacts[Name] | Partial<DeliveryFacts[Name]>;
}>;

/** A seeded bug: an explanation that is right but for one mistake. */
export interface WrongExplanation {
  /** Wrongly given, or wrongly not given. */
  readonly outcome: Outcome;
  readonly bug: string;
  readonly explain: (facts: DeliveryFacts) => Explanation;
}

/** Explains what is not so. */
const misread =
  (change: (facts: DeliveryFacts) => Changes): WrongExplanation['explain'] =>
  (facts) => {
    const changed = Object.entries(change(facts)).map(([name, value]) => [
      name,
      isPlain(value) ? { ...(facts[name as keyof DeliveryFacts] as object), ...value } : value,
    ]);
    return explain({ ...facts, ...(Object.fromEntries(changed) as Partial<DeliveryFacts>) });
  };

const isPlain = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Explains rightly, and then says something else. */
const misspoken =
  <Name extends Outcome>(
    outcome: Name,
    say: (told: Told<Name>, facts: DeliveryFacts) => Explanation | undefined,
  ): WrongExplanation['explain'] =>
  (facts) => {
    const told = explain(facts);
    return (told.outcome === outcome ? say(told as Told<Name>, facts) : undefined) ?? told;
  };

const isStopped = ({ subscription }: DeliveryFacts): boolean => subscription.status !== 'active';
const startAt = ({ subscription, event }: DeliveryFacts, by: number) => {
  const key = `${event.position.topic}/${event.position.partition}`;
  return { subscription: { start: { [key]: (subscription.start[key] ?? 0) + by } } };
};
const withRules = (
  { subscription }: DeliveryFacts,
  change: (rules: readonly SubscriptionRule[]) => readonly SubscriptionRule[],
) => ({ subscription: { rules: change(subscription.rules) } });
const withLane = ({ lane }: DeliveryFacts, change: (lane: LaneFacts) => Partial<LaneFacts>) =>
  lane ? { lane: change(lane) } : {};
const ahead = ({ from }: SubscriptionRule, by: number) =>
  Object.fromEntries(Object.entries(from).map(([key, offset]) => [key, offset + by]));

/** The dead letter of a lane blocks the others of its subscription, too. */
function blockedByAnyLane(): WrongExplanation['explain'] {
  const dead = new Map<string, LaneFacts>();
  return (facts) => {
    const { subscriptionId } = facts.subscription;
    if (facts.lane?.retryAt === null) dead.set(subscriptionId, facts.lane);
    return explain(facts.lane ? facts : { ...facts, lane: dead.get(subscriptionId) ?? null });
  };
}

const DELIVERED: Explanation = { outcome: 'delivered', reason: '' };
const PENDING: Explanation = { outcome: 'pending', reason: '' };
const PAUSED: Explanation = { outcome: 'paused', by: 'pause', reason: '' };

const bug = (outcome: Outcome, name: string, wrong: WrongExplanation['explain']): WrongExplanation => ({
  outcome,
  bug: name,
  explain: wrong,
});

/** Some for each outcome. New ones each time, because some remember what they saw. */
export const wrongExplanations = (): readonly WrongExplanation[] => [
  bug(
    'delivered',
    'ranges that are finished are not looked at',
    misread(({ cursor }) => ({ cursor: cursor && { finished: [] } })),
  ),
  bug(
    'delivered',
    'a finished range is one longer',
    misread(({ cursor }) => ({
      cursor: cursor && { finished: cursor.finished.map(({ from, to }) => ({ from, to: to + 1 })) },
    })),
  ),
  bug(
    'delivered',
    'the watermark itself is finished',
    misread(({ cursor }) => ({ cursor: cursor && { watermark: cursor.watermark + 1 } })),
  ),
  bug(
    'delivered',
    'a failure in the log is a success',
    misread(({ log }) => ({ log: { delivered: log.delivered ?? log.lastFailed } })),
  ),
  bug(
    'delivered',
    'the log is not asked',
    misread(() => ({ log: { delivered: null } })),
  ),
  bug(
    'delivered',
    'another attempt is told of',
    misspoken('delivered', (told) => ({ ...told, attempt: (told.attempt ?? 0) + 1 })),
  ),
  bug(
    'delivered',
    'what is parked has been passed',
    misread(() => ({ isParked: false, lane: null })),
  ),
  bug(
    'retrying',
    'a retry is only pending',
    misspoken('retrying', () => PENDING),
  ),
  bug(
    'retrying',
    'what was released is retried',
    misread((facts) => withLane(facts, ({ attempts }) => ({ attempts: attempts + 1 }))),
  ),
  bug(
    'retrying',
    'all of a lane is retried',
    misread((facts) => (facts.isParked ? withLane(facts, ({ front }) => frontOf(facts, front)) : {})),
  ),
  bug(
    'parked',
    'a dead letter is tried again',
    misread((facts) =>
      withLane(facts, ({ retryAt }) => ({ retryAt: retryAt ?? '2026-01-01T00:00:00.000Z' })),
    ),
  ),
  bug(
    'parked',
    'a dead letter is pending',
    misspoken('parked', () => PENDING),
  ),
  bug(
    'parked',
    'a pause hides dead letters',
    misspoken('parked', (_, facts) => (isStopped(facts) ? PAUSED : undefined)),
  ),
  bug(
    'parked',
    'a dead letter that the policy goes on without holds up its lane',
    misread((facts) => withLane(facts, () => ({ lane: 'one' }))),
  ),
  bug(
    'blocked',
    'only what was read is blocked',
    misread(({ isParked }) => (isParked ? {} : { lane: null })),
  ),
  bug(
    'blocked',
    'what is behind a dead letter is pending',
    misspoken('blocked', ({ behind }) => ({ ...PENDING, behind })),
  ),
  bug('blocked', 'a dead letter blocks other lanes', blockedByAnyLane()),
  bug(
    'blocked',
    'it is behind itself',
    misspoken('blocked', (told, { event }) => ({
      ...told,
      behind: { ...told.behind, eventId: event.metadata.eventId },
    })),
  ),
  bug(
    'skipped',
    'the note of a skip is not read',
    misread(() => ({ skippedAt: null })),
  ),
  bug(
    'skipped',
    'the policy skips what an operator does',
    misspoken('skipped', (told) => ({ ...told, by: 'policy' })),
  ),
  bug(
    'skipped',
    'an operator skips what the policy does',
    misspoken('skipped', (told) => ({ ...told, by: 'operator' })),
  ),
  bug(
    'skipped',
    'dead letters are skipped under either policy',
    misspoken('parked', () => ({ outcome: 'skipped', by: 'policy', reason: '' })),
  ),
  bug(
    'paused',
    'a pause is not looked at',
    misread(() => ({ subscription: { status: 'active' } })),
  ),
  bug(
    'paused',
    'who is disabled has paused',
    misread((facts) => (isStopped(facts) ? { subscription: { status: 'paused' } } : {})),
  ),
  bug(
    'paused',
    'a pause hides what is blocked',
    misspoken('blocked', (_, facts) => (isStopped(facts) ? PAUSED : undefined)),
  ),
  bug(
    'paused',
    'a pause hides what is delivered',
    misspoken('delivered', (_, facts) => (isStopped(facts) ? PAUSED : undefined)),
  ),
  bug(
    'paused',
    'a pause hides what is not owed',
    misspoken('filtered', (_, facts) => (isStopped(facts) ? PAUSED : undefined)),
  ),
  bug(
    'pending',
    'what is not owed is pending',
    misread((facts) => ({
      subscription: {
        start: {},
        ...withRules(facts, () => [{ from: {}, eventTypes: ['*'], filter: null }]).subscription,
      },
    })),
  ),
  bug(
    'pending',
    'what is pending is delivered',
    misspoken('pending', () => DELIVERED),
  ),
  bug(
    'pending',
    'it waits for nobody',
    misspoken('pending', ({ behind: _, ...told }) => told),
  ),
  bug(
    'pending',
    'all have heard of all changes',
    misread(({ cursor }) => ({ cursor: cursor && { rulesRevision: Infinity } })),
  ),
  bug(
    'filtered',
    'the first filter is kept',
    misread((facts) =>
      withRules(facts, (rules) => rules.map((rule) => ({ ...rule, filter: rules[0]?.filter ?? null }))),
    ),
  ),
  bug(
    'filtered',
    'the present settings were always in force',
    misread((facts) => withRules(facts, (rules) => rules.slice(-1).map((rule) => ({ ...rule, from: {} })))),
  ),
  bug(
    'filtered',
    'only the first condition counts',
    misread((facts) =>
      withRules(facts, (rules) =>
        rules.map((rule) => ({
          ...rule,
          filter: Object.fromEntries(Object.entries(rule.filter ?? {}).slice(0, 1)),
        })),
      ),
    ),
  ),
  bug(
    'filtered',
    'it names the last condition',
    misspoken('filtered', (told, { subscription }) => {
      const field = Object.keys(subscription.rules.at(-1)?.filter ?? {}).at(-1) ?? '';
      return { ...told, condition: { ...told.condition, field } };
    }),
  ),
  bug(
    'not-subscribed',
    'types do not matter',
    misread((facts) => withRules(facts, (rules) => rules.map((rule) => ({ ...rule, eventTypes: ['*'] })))),
  ),
  bug(
    'not-subscribed',
    'a change applies one event late',
    misread((facts) => withRules(facts, (rules) => rules.map((rule) => ({ ...rule, from: ahead(rule, 1) })))),
  ),
  bug(
    'not-subscribed',
    'a change applies one event early',
    misread((facts) =>
      withRules(facts, (rules) =>
        rules.map((rule, nth) => (nth > 0 ? { ...rule, from: ahead(rule, -1) } : rule)),
      ),
    ),
  ),
  bug(
    'not-subscribed',
    'it shows the types of today',
    misspoken('not-subscribed', (told, { subscription }) => ({
      ...told,
      eventTypes: subscription.rules.at(-1)?.eventTypes ?? [],
    })),
  ),
  bug(
    'before-start',
    'a subscription starts one event late',
    misread((facts) => startAt(facts, 1)),
  ),
  bug(
    'before-start',
    'a subscription starts one event early',
    misread((facts) => ({
      subscription: {
        ...startAt(facts, -1).subscription,
        ...withRules(facts, ([first, ...rules]) => (first ? [{ ...first, from: {} }, ...rules] : []))
          .subscription,
      },
    })),
  ),
  bug(
    'before-start',
    'a subscription gets all that ever was',
    misread((facts) => ({
      subscription: {
        start: {},
        ...withRules(facts, ([first, ...rules]) => (first ? [{ ...first, from: {} }, ...rules] : []))
          .subscription,
      },
    })),
  ),
];

const frontOf = ({ event }: DeliveryFacts, front: LaneFacts['front']) => ({
  front: { ...front, offset: event.position.offset },
});
