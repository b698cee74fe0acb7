import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { Pool } from 'pg';
import type { RulePlace } from '#libs/webhooks';
import { arrayLiteral } from '../database/array-literal.js';

/** From one partition to the next by the key: the cursors of others, which may be many, are not looked at. */
const PLACES = `
  select cursor.feed_id as "feedId", owned.topic, owned.partition, rules_revision as "rulesRevision",
    case when idle then greatest(watermark, scanned_offset) else watermark end as reached
  from webhook_partition as owned
  cross join unnest($1::uuid[]) as feeds (feed_id)
  cross join lateral (
    select * from webhook_cursor as cursor
    where cursor.topic = owned.topic and cursor.partition = owned.partition and cursor.feed_id = feeds.feed_id
  ) as cursor`;

interface PlaceRow extends TopicPartition {
  readonly feedId: string;
  readonly rulesRevision: number;
  readonly reached: string;
}

/** Where the cursors of feeds stand, by feed and by partition. A feed without cursors is not there. */
export async function rulePlaces(
  pool: Pick<Pool, 'query'>,
  feedIds: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, RulePlace>>> {
  const places = new Map<string, Map<string, RulePlace>>();
  if (feedIds.length === 0) return places;
  const { rows } = await pool.query<PlaceRow>(PLACES, [arrayLiteral(feedIds)]);
  for (const { feedId, rulesRevision, reached, ...at } of rows) {
    const own = places.get(feedId) ?? new Map<string, RulePlace>();
    places.set(feedId, own.set(topicPartitionKey(at), { reached: Number(reached), rulesRevision }));
  }
  return places;
}
