import type { Interruption } from '../../fault-schedule.js';
import { type Violation, violation } from '../../violation.js';
import type { Feed, LoggedDelivery, Receipt } from '../evidence.js';

/** Cursors are saved a few times a second; a database that does not answer is given up after 4 s. */
const SAVED_WITHIN_MS = 5_000;
/** Time for dispatchers to agree on ownership again: partitions move once more when one comes back. */
const AGREED_WITHIN_MS = 5_000;
/** Between the clocks of two processes. */
const CLOCKS_MS = 10;

/** For each event sent again although its sender knew it was delivered, the time of the earlier delivery. */
export function repeatsOf(feed: Feed, delivered: readonly LoggedDelivery[]): number[] {
  const known = knownAsDelivered(feed, delivered);
  const lastKnown = new Map<string, number>();
  const repeats: number[] = [];
  for (const receipt of feed.receipts) {
    for (const id of receipt.ids) {
      const before = lastKnown.get(id);
      if (before !== undefined && before < receipt.signedBefore) repeats.push(before);
      if (known.has(receipt)) lastKnown.set(id, receipt.at);
    }
  }
  return repeats;
}

/** Its requests whose answer the sender has logged: for each such line the last that came before it. */
function knownAsDelivered({ feedId, receipts }: Feed, delivered: readonly LoggedDelivery[]): Set<Receipt> {
  const lines = delivered
    .filter((each) => each.feedId === feedId)
    .map(({ at, firstId }) => ({ at: at + CLOCKS_MS, firstId }));
  const answered = receipts.filter((receipt) => receipt.answered);
  const inTime = [...answered.map((receipt) => ({ at: receipt.at, receipt })), ...lines].toSorted(
    (one, other) => one.at - other.at,
  );
  const known = new Set<Receipt>();
  const last = new Map<string | undefined, Receipt>();
  for (const each of inTime) {
    if ('receipt' in each) last.set(each.receipt.ids[0], each.receipt);
    else {
      const receipt = last.get(each.firstId);
      if (receipt) known.add(receipt);
    }
  }
  return known;
}

/** Those that no interruption explains: they had been delivered long before it, or long after it. */
export const unexplained = (
  repeats: readonly number[],
  interruptions: readonly Interruption[],
): readonly number[] =>
  repeats.filter(
    (before) =>
      !interruptions.some(
        ({ at, until }) => before > at - SAVED_WITHIN_MS && before < until + AGREED_WITHIN_MS,
      ),
  );

/** Each interruption also excuses as many repeats as a dispatcher may have in flight. */
export function repeatViolations(
  feed: Feed,
  delivered: readonly LoggedDelivery[],
  interruptions: readonly Interruption[],
  concurrency: number,
): Violation[] {
  const count = unexplained(repeatsOf(feed, delivered), interruptions).length;
  const largest = Math.max(1, ...feed.receipts.map(({ ids }) => ids.length));
  const most = interruptions.length * concurrency * largest;
  if (count <= most) return [];
  const detail = `${feed.name}: ${count} repeats that nothing explains, more than ${most} in flight`;
  return [violation('repeated-too-often', detail)];
}
