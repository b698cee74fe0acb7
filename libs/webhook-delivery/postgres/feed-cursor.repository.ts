import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { PositionVector, RulePlace } from '#libs/webhooks';
import { arrayLiteral, type PooledPrisma, PrismaService } from '#libs/postgres';

@Injectable()
export class FeedCursorRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Everything below these offsets is delivered, skipped or parked. Partitions not begun yet are absent. */
  async reached(feedId: string): Promise<PositionVector> {
    const places = (await rulePlaces(this.prisma.pool, [feedId])).get(feedId) ?? [];
    return Object.fromEntries([...places].map(([partition, { reached }]) => [partition, reached]));
  }
}

/** Looks cursors up by key in each partition, without scanning those of other feeds. */
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

/** Positions of feeds' cursors, by feed and partition. A feed without cursors is absent. */
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
