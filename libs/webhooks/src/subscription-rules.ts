import { canonicalJson } from '#libs/kernel';
import type { SubscriptionRule, PositionVector } from './subscription.js';
import { jsonBytes, MAX_RULES_BYTES } from './subscription-bounds.js';

/** Limits how far a subscription grows that changes for ever. */
export const MAX_SUBSCRIPTION_RULES = 50;

/** How rules differ from those of an earlier revision. */
export interface RuleChanges {
  /** The newer rules hold from here on. */
  readonly from: PositionVector;
  /** Decided until then all from there on; `undefined` when it is no longer known. */
  readonly before: SubscriptionRule | undefined;
}

/** A feed's cursor in one partition. */
export interface RulePlace {
  /** All before it is delivered, skipped or held. */
  readonly reached: number;
  /** The rules' that all was judged by that the cursor has come past. */
  readonly rulesRevision: number;
}

/**
 * The rules with one more, which begins where it says, and never before the last one: of two changes that come at the
 * same time, the one that was decided first may have looked at the log last.
 */
export function withRule(
  rules: readonly SubscriptionRule[],
  rule: SubscriptionRule,
): readonly SubscriptionRule[] {
  const last = rules.at(-1);
  return last ? bounded([...rules, { ...rule, from: laterOf(last.from, rule.from) }]) : [rule];
}

/** Goes up by one with each rule that is added, so that a revision always names the same rules. */
export const rulesRevision = (rules: readonly SubscriptionRule[]): number => revisionsOf(rules).at(-1) ?? 0;

/** The difference between these rules and what they were; `undefined` when no rule has come since. */
export function changesSince(rules: readonly SubscriptionRule[], revision: number): RuleChanges | undefined {
  const revisions = revisionsOf(rules);
  const changed = rules[revisions.findIndex((each) => each > revision)];
  return changed && { from: changed.from, before: rules[revisions.indexOf(revision)] };
}

/**
 * Without the rules that decide nothing any more, as all cursors have come past where the next one begins.
 * @param places by partition; none where the feed has no cursor yet
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

/** In each partition, whichever is further. */
function laterOf(a: PositionVector, b: PositionVector): PositionVector {
  const later: Record<string, number> = { ...a };
  for (const [partition, offset] of Object.entries(b)) {
    later[partition] = Math.max(later[partition] ?? 0, offset);
  }
  return later;
}

/**
 * While there are too many rules, or they take too much memory, the two oldest but the first become one, which owes all
 * that either of them owed, or more: what was owed so many changes ago and has not been delivered since must not be lost.
 * The present rule stays as it is, and so does the first while it can, so that no change seems older than it is to those
 * who judged by it.
 */
function bounded(rules: readonly SubscriptionRule[]): readonly SubscriptionRule[] {
  const isWithin = rules.length <= MAX_SUBSCRIPTION_RULES && bytesOf(rules) <= MAX_RULES_BYTES;
  const index = rules.length > 3 ? 1 : 0;
  const [older, newer, next] = rules.slice(index);
  if (isWithin || !older || !newer || !next) return rules;
  const revision = revisionsOf(rules)[index + 1] ?? 0;
  return bounded(rules.toSpliced(index, 2, { ...merged(older, newer), revision }));
}

/** Not where they begin: how much that takes is not the subscriber's choice. */
const bytesOf = (rules: readonly SubscriptionRule[]): number =>
  rules.reduce((sum, { eventTypes, filter }) => sum + jsonBytes([eventTypes, filter]), 0);

function merged(older: SubscriptionRule, newer: SubscriptionRule): SubscriptionRule {
  // Nothing came in between, so that there is nothing for the older one to decide.
  if (isSame(older.from, newer.from)) return newer;
  return {
    from: older.from,
    eventTypes: [...new Set([...older.eventTypes, ...newer.eventTypes])],
    filter: isSame(older.filter, newer.filter) ? older.filter : null,
  };
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
