import { Inject, Injectable } from '@nestjs/common';
import {
  EARLIEST_INSTANT,
  formatInstant,
  type Instant,
  LATEST_INSTANT,
  type TopicPartition,
} from '#libs/kernel';
import {
  arrayLiteral,
  type FoundPage,
  mapPage,
  pageRows,
  type PooledPrisma,
  PrismaService,
} from '#libs/postgres';
import { type DeadLane, FRONT, type Release, releaseLanes } from './dead-letter-release.js';

/** Selects dead letters of a subscription by event id, or by the time at which they became dead letters. */
export type DeadLetterSelection =
  | { readonly eventIds: readonly string[] }
  /** Both ends are included. Without `to`, the range ends now. */
  | { readonly from: Instant | undefined; readonly to: Instant | undefined };

/** A delivery that ran out of attempts and waits for an operator. */
export interface ListedDeadLetter extends TopicPartition {
  readonly feedId: string;
  readonly subscriptionId: string;
  /** `null` for live delivery. */
  readonly replayId: string | null;
  readonly lane: string;
  readonly offset: number;
  readonly eventId: string;
  readonly eventType: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly parkedAt: Date;
  /** Number of deliveries parked behind it in its lane. */
  readonly heldBehind: number;
}

/** The last item of a page; the next page starts after it. */
export type DeadLetterPageEnd = Pick<ListedDeadLetter, 'feedId' | 'topic' | 'partition' | 'lane'> & {
  readonly parkedAt: Instant;
};

/** Number of lanes released per query. */
const CHUNK = 5_000;

/** Leaves out lanes of cancelled replays, which are about to be deleted. */
const IS_DEAD = `
  subscription_id = $1 and retry_at is null
  and not exists (select from webhook_replay where replay_id = feed_id and state = 'cancelled')`;

const KEY = 'parked_at, feed_id, topic, partition, lane';

const PAGE = `
  select feed_id as "feedId", subscription_id as "subscriptionId", lane, topic, partition, attempts,
    nullif(feed_id, subscription_id) as "replayId", last_error as "lastError", parked_at as "parkedAt",
    front."offset", event_id as "eventId", event_type as "eventType", (
      select count(*) - 1 from webhook_parked_delivery as parked
      where parked.feed_id = lane.feed_id and parked.topic = lane.topic and parked.partition = lane.partition
        and parked.lane = lane.lane
    ) as "heldBehind"
  from (
    select * from webhook_lane
    where ${IS_DEAD}
      and ($3::timestamptz is null or (${KEY}) < ($3, $4::uuid, $5::text, $6::int, $7::text))
    order by parked_at desc, feed_id desc, topic desc, partition desc, lane desc
    limit $2
  ) as lane ${FRONT}
  order by parked_at desc, feed_id desc, topic desc, partition desc, lane desc`;

/** Excludes dead letters that arise during the redrive. Otherwise a dead endpoint would keep it going for ever. */
const CHUNK_BY_TIME = `
  select feed_id as "feedId", topic, partition, lane, parked_at as "parkedAt"
  from webhook_lane
  where ${IS_DEAD} and parked_at between $3::timestamptz and $4::timestamptz
    and ($5::timestamptz is null or (${KEY}) > ($5, $6::uuid, $7::text, $8::int, $9::text))
  order by ${KEY} limit $2`;

const BY_EVENT = `
  select feed_id as "feedId", topic, partition, lane, parked_at as "parkedAt"
  from webhook_lane as lane ${FRONT}
  where ${IS_DEAD} and front.event_id = any($2::uuid[])
    and (lane.feed_id, lane.topic, lane.partition, lane.lane) in (
      select feed_id, topic, partition, lane from webhook_parked_delivery where event_id = any($2::uuid[]))`;

type PageRow = Omit<ListedDeadLetter, 'offset' | 'heldBehind'> & {
  readonly offset: string;
  readonly heldBehind: string;
};

/** Dead letters of subscriptions and their replays. The caller checks which tenant owns the subscription. */
@Injectable()
export class DeadLetterRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Newest first. */
  async findPage(
    subscriptionId: string,
    limit: number,
    after: DeadLetterPageEnd | undefined,
  ): Promise<FoundPage<ListedDeadLetter>> {
    const key = keyOf(after && { ...after, parkedAt: new Date(after.parkedAt) });
    const values = [subscriptionId, limit + 1, ...key];
    const query = { text: PAGE, values, limit, bytes: 'octet_length(page::text)' };
    return mapPage(await pageRows<PageRow>(this.prisma.pool, query), (row) => ({
      ...row,
      offset: Number(row.offset),
      heldBehind: Number(row.heldBehind),
    }));
  }

  /**
   * Redrives or skips all selected lanes that are dead when it starts. A failure may leave some of them released.
   * @returns the number released
   */
  async release(subscriptionId: string, release: Release, selection: DeadLetterSelection): Promise<number> {
    const { pool } = this.prisma;
    if ('eventIds' in selection) {
      const ids = arrayLiteral(selection.eventIds);
      const { rows } = await pool.query<DeadLane>(BY_EVENT, [subscriptionId, ids]);
      return releaseLanes(pool, release, rows);
    }
    const range = await this.#range(selection);
    let count = 0;
    for (let last: DeadLane | undefined; ; ) {
      const { rows } = await pool.query<DeadLane>(CHUNK_BY_TIME, [
        subscriptionId,
        CHUNK,
        ...range,
        ...keyOf(last),
      ]);
      count += await releaseLanes(pool, release, rows);
      last = rows.at(-1);
      if (!last || rows.length < CHUNK) return count;
    }
  }

  async #range({ from, to }: { from: Instant | undefined; to: Instant | undefined }): Promise<unknown[]> {
    const { rows } = await this.prisma.pool.query<{ end: Date }>(
      'select least($1::timestamptz, now()::timestamptz(3)) as "end"',
      [formatInstant(to ?? LATEST_INSTANT)],
    );
    return [formatInstant(from ?? EARLIEST_INSTANT), rows[0]?.end.toISOString()];
  }
}

const keyOf = (lane: DeadLane | undefined): unknown[] =>
  lane
    ? [lane.parkedAt.toISOString(), lane.feedId, lane.topic, lane.partition, lane.lane]
    : [null, null, null, null, null];
