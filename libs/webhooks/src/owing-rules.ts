import { canonicalJson } from '#libs/kernel';
import type { OwingRule, PositionVector } from './subscription.js';
import { jsonBytes, MAX_RULES_BYTES } from './subscription-bounds.js';

/** So many are kept: a subscription that changes for ever does not grow for ever. */
export const MAX_OWING_RULES = 50;

/**
 * The rules with one more, which begins where it says, and never before the last one: of two changes that come at the
 * same time, the one that was decided first may have looked at the log last.
 */
export function withRule(rules: readonly OwingRule[], rule: OwingRule): readonly OwingRule[] {
  const last = rules.at(-1);
  if (!last) return [rule];
  const next = { ...rule, from: laterOf(last.from, rule.from) };
  // Nothing came in between, so that there is nothing for the last one to decide.
  const isOverruled = canonicalJson(last.from) === canonicalJson(next.from);
  return bounded([...(isOverruled ? rules.slice(0, -1) : rules), next]);
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
 * While there are too many rules, or they take too much memory, the two oldest become one, of which all is owed that either
 * of them owed, or more: what was owed so many changes ago and has not been delivered since must not be lost. The present
 * rule stays as it is.
 */
function bounded(rules: readonly OwingRule[]): readonly OwingRule[] {
  let kept = rules;
  let bytes = kept.reduce((sum, rule) => sum + bytesOf(rule), 0);
  while (kept.length > MAX_OWING_RULES || bytes > MAX_RULES_BYTES) {
    const [first, second, ...rest] = kept;
    if (!first || !second || rest.length === 0) break;
    const merged = mergedRule(first, second);
    bytes += bytesOf(merged) - bytesOf(first) - bytesOf(second);
    kept = [merged, ...rest];
  }
  return kept;
}

/** Not where it begins: how much that takes is not the subscriber's choice. */
const bytesOf = ({ eventTypes, filter }: OwingRule): number => jsonBytes([eventTypes, filter]);

const mergedRule = (first: OwingRule, second: OwingRule): OwingRule => ({
  from: first.from,
  eventTypes: [...new Set([...first.eventTypes, ...second.eventTypes])],
  filter: canonicalJson(first.filter) === canonicalJson(second.filter) ? first.filter : null,
});
