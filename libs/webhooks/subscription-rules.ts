import { canonicalJson } from '#libs/kernel';
import type { SubscriptionRule, PositionVector } from './subscription.js';
import { jsonBytes, MAX_RULES_BYTES } from './subscription-bounds.js';

/** Bounds the size of a subscription that is changed again and again. */
export const MAX_SUBSCRIPTION_RULES = 50;

/** The difference between rules and those of an earlier revision. */
export interface RuleChanges {
  /** The newer rules apply from here. */
  readonly from: PositionVector;
  /** The rule that applied to these events before; `undefined` when it is no longer known. */
  readonly before: SubscriptionRule | undefined;
}

/** A feed's cursor in one partition. */
export interface RulePlace {
  /** Everything below it is delivered, skipped or parked. */
  readonly reached: number;
  /** Revision of the rules that everything before the cursor was matched against. */
  readonly rulesRevision: number;
}

/**
 * Appends a rule, which never begins before the last one: of two concurrent changes, the one decided first may have
 * read the end of the log last.
 */
export function withRule(
  rules: readonly SubscriptionRule[],
  rule: SubscriptionRule,
): readonly SubscriptionRule[] {
  const last = rules.at(-1);
  return last ? bounded([...rules, { ...rule, from: laterOf(last.from, rule.from) }]) : [rule];
}

/** Increases by one with each added rule, so that a revision always names the same rules. */
export const rulesRevision = (rules: readonly SubscriptionRule[]): number => revisionsOf(rules).at(-1) ?? 0;

/** The rules as they were at a revision. */
export function rulesUpTo(rules: readonly SubscriptionRule[], revision: number): readonly SubscriptionRule[] {
  const revisions = revisionsOf(rules);
  return rules.filter((_, index) => (revisions[index] ?? 0) <= revision);
}

/** The difference between these rules and those of a revision; `undefined` when no rule was added since. */
export function changesSince(rules: readonly SubscriptionRule[], revision: number): RuleChanges | undefined {
  const revisions = revisionsOf(rules);
  const changed = rules[revisions.findIndex((each) => each > revision)];
  return changed && { from: changed.from, before: rules[revisions.indexOf(revision)] };
}

/**
 * Drops rules that no longer decide anything, because all cursors have passed the start of the next rule.
 * @param places by partition; empty when the feed has no cursor yet
 */
export function withoutPassed(
  rules: readonly SubscriptionRule[],
  places: ReadonlyMap<string, RulePlace>,
): readonly SubscriptionRule[] {
  const revisions = revisionsOf(rules);
  const first = rules.findLastIndex(({ from }, index) => {
    const revision = revisions[index] ?? 0;
    return (
      [...places.values()].every(({ rulesRevision }) => rulesRevision >= revision) &&
      Object.entries(from).every(([key, offset]) => (places.get(key)?.reached ?? -1) >= offset)
    );
  });
  if (first <= 0) return rules;
  return rules.slice(first).map((rule, index) => ({ ...rule, revision: revisions[first + index] ?? 0 }));
}

function revisionsOf(rules: readonly SubscriptionRule[]): number[] {
  let last = 0;
  return rules.map(({ revision = last + 1 }) => (last = revision));
}

/** The further position in each partition. */
function laterOf(a: PositionVector, b: PositionVector): PositionVector {
  const later: Record<string, number> = { ...a };
  for (const [partition, offset] of Object.entries(b)) {
    later[partition] = Math.max(later[partition] ?? 0, offset);
  }
  return later;
}

/**
 * Bounds the number and size of rules by merging the two oldest after the first. The merged rule owes at least what either
 * owed, so that no undelivered event is lost. The present rule stays as it is, and so does the first while possible, so
 * that no change appears older than it is to cursors matched against it.
 */
function bounded(rules: readonly SubscriptionRule[]): readonly SubscriptionRule[] {
  const isWithin = rules.length <= MAX_SUBSCRIPTION_RULES && bytesOf(rules) <= MAX_RULES_BYTES;
  const index = rules.length > 3 ? 1 : 0;
  const [older, newer, next] = rules.slice(index);
  if (isWithin || !older || !newer || !next) return rules;
  const revision = revisionsOf(rules)[index + 1] ?? 0;
  return bounded(rules.toSpliced(index, 2, { ...merged(older, newer), revision }));
}

/** Excludes the positions, whose size the subscriber does not choose. */
const bytesOf = (rules: readonly SubscriptionRule[]): number =>
  rules.reduce((sum, { eventTypes, filter }) => sum + jsonBytes([eventTypes, filter]), 0);

function merged(older: SubscriptionRule, newer: SubscriptionRule): SubscriptionRule {
  // No event lies between them, so the older one decides nothing.
  if (isSame(older.from, newer.from)) return newer;
  return {
    from: older.from,
    eventTypes: [...new Set([...older.eventTypes, ...newer.eventTypes])],
    filter: isSame(older.filter, newer.filter) ? older.filter : null,
  };
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
