import { canonicalJson } from '#libs/kernel';
import { partitionKey } from '#libs/webhooks';
import { type CursorState, reopened } from '../cursors/cursor.js';
import type { IndexedFeed } from '../feeds/feed-index.js';
import type { EventSource, Feed, Partition, SizedEvent } from '../ports.js';
import type { PartitionTail } from '../tail/partition-tail.js';

/**
 * A change of what a feed is owed holds from the offsets that are in its event, and dispatchers hear of it some time
 * later: until then, events were judged by the rules before.
 * @returns the offset from which on that may have been wrong; `undefined` when its rules are the same
 */
export function changedFrom(before: Feed, now: Feed, { topic, partition }: Partition): number | undefined {
  const key = partitionKey(topic, partition);
  const last = before.rules.at(-1);
  const since = last?.from[key] ?? 0;
  const changes = now.rules.filter((rule) => (rule.from[key] ?? 0) >= since && !isSame(rule, last));
  if (changes.length === 0) return undefined;
  return Math.min(...changes.map(({ from }) => from[key] ?? 0));
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);

/**
 * The cursor of a feed that was awake meanwhile, which goes back for what was passed over: that comes late, and behind
 * what was delivered in between, but it comes, and nothing comes twice.
 * @throws when the log does not answer
 */
export async function withPassedOver<State extends CursorState>(
  cursor: State,
  { before, now }: { readonly before: IndexedFeed; readonly now: IndexedFeed },
  {
    at,
    source,
    tail,
  }: { readonly at: Partition; readonly source: EventSource; readonly tail: PartitionTail },
): Promise<State> {
  const from = changedFrom(before.feed, now.feed, at);
  const end = cursor.finished.at(-1)?.to ?? cursor.watermark;
  if (from === undefined || from >= end) return cursor;
  const passedOver: number[] = [];
  let previous = lastOwed(tail.read(tail.start, Infinity).events, now, from);
  for (let next = from; next < end; ) {
    const batch = await source.read({ ...at, offset: next });
    if (batch.next === next) break;
    for (const event of batch.events) {
      const { offset } = event.position;
      if (offset < next || offset >= end || !now.owes(event)) continue;
      if (!before.owes(event)) passedOver.push(offset);
      if (passedOver.length === 0) previous = event;
    }
    next = batch.next;
  }
  return { ...cursor, ...reopened(cursor, passedOver, previous?.metadata.eventId ?? null) };
}

/** As far as that is in memory; before that, nobody knows. */
const lastOwed = (
  events: readonly SizedEvent[],
  { owes }: IndexedFeed,
  end: number,
): SizedEvent | undefined => events.findLast((event) => event.position.offset < end && owes(event));
