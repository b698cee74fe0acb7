import type { Feed, Interruption } from '../evidence.js';
import { type WebhookViolation, webhookViolation } from './webhook-violation.js';

/** Cursors are saved a few times a second; a database that does not answer is given up after 4 s. */
const SAVED_WITHIN_MS = 5_000;
/** By then all dispatchers agree again who delivers what. */
const AGREED_WITHIN_MS = 5_000;

/** Of each event that came once more though its sender had been answered 2xx in time: when that was. */
export function repeatsOf({ receipts }: Feed): number[] {
  const answeredAt = new Map<string, number>();
  const repeats: number[] = [];
  for (const { ids, at, answered } of receipts) {
    for (const id of ids) {
      const before = answeredAt.get(id);
      if (before !== undefined) repeats.push(before);
      if (answered) answeredAt.set(id, before ?? at);
    }
  }
  return repeats;
}

/** Those that no interruption explains: they had been answered long before it, or long after it. */
export const unexplainedOf = (feed: Feed, interruptions: readonly Interruption[]): number =>
  repeatsOf(feed).filter(
    (answeredAt) =>
      !interruptions.some(
        ({ at }) => answeredAt > at - SAVED_WITHIN_MS && answeredAt < at + AGREED_WITHIN_MS,
      ),
  ).length;

/** Beyond those, at each interruption what a dispatcher may have in flight. */
export function repeatViolations(
  feed: Feed,
  interruptions: readonly Interruption[],
  concurrency: number,
): WebhookViolation[] {
  const unexplained = unexplainedOf(feed, interruptions);
  const largest = Math.max(1, ...feed.receipts.map(({ ids }) => ids.length));
  const most = interruptions.length * concurrency * largest;
  if (unexplained <= most) return [];
  const detail = `${feed.name}: ${unexplained} repeats that nothing explains, more than ${most} in flight`;
  return [webhookViolation('repeated-too-often', detail)];
}
