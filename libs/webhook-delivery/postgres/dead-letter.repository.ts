import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import {
  EARLIEST_INSTANT,
  formatInstant,
  type Instant,
  LATEST_INSTANT,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import {
  arrayColumns,
  arrayLiteral,
  type FoundPage,
  mapPage,
  pageRows,
  type PooledPrisma,
  PrismaService,
} from '#libs/postgres';
import { inTransaction, type PostgresTransaction } from '#libs/projections/postgres';
import { inFeedOfRow, inLaneOfRow, withRows } from './given-rows.js';
import { AFTER_ROWS_LEFT, leftColumns, type LeftLane } from './lane-save.js';

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
type DeadLetterPageEnd = Pick<ListedDeadLetter, 'feedId' | 'topic' | 'partition' | 'lane'> & {
  readonly parkedAt: Instant;
};

/** Number of lanes released per query. */
const CHUNK = 5_000;

/** Leaves out lanes of cancelled replays, which are about to be deleted. */
const IS_DEAD = `
  subscription_id = $1 and retry_at is null
  and not exists (select from webhook_replay where replay_id = feed_id and state = 'cancelled')`;

/** The delivery that has failed: the first of its lane. */
export const FRONT = `
  cross join lateral (
    select "offset", event_id, event_type from webhook_parked_delivery as parked
    where parked.feed_id = lane.feed_id and parked.topic = lane.topic and parked.partition = lane.partition
      and parked.lane = lane.lane
    order by "offset" limit 1
  ) as front`;

/** Orders dead letters, whose lanes it identifies. */
export const LANE_KEY = 'parked_at, feed_id, topic, partition, lane';

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
      and ($3::timestamptz is null or (${LANE_KEY}) < ($3, $4::uuid, $5::text, $6::int, $7::text))
    order by parked_at desc, feed_id desc, topic desc, partition desc, lane desc
    limit $2
  ) as lane ${FRONT}
  order by parked_at desc, feed_id desc, topic desc, partition desc, lane desc`;

/** Excludes dead letters that arise during the redrive. Otherwise a dead endpoint would keep it going for ever. */
const CHUNK_BY_TIME = `
  select feed_id as "feedId", topic, partition, lane, parked_at as "parkedAt"
  from webhook_lane
  where ${IS_DEAD} and parked_at between $3::timestamptz and $4::timestamptz
    and ($5::timestamptz is null or (${LANE_KEY}) > ($5, $6::uuid, $7::text, $8::int, $9::text))
  order by ${LANE_KEY} limit $2`;

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
    const key = laneKeyOf(after && { ...after, parkedAt: new Date(after.parkedAt) });
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
        ...laneKeyOf(last),
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

/** The values of {@link LANE_KEY}. */
export const laneKeyOf = (lane: DeadLane | undefined): unknown[] =>
  lane
    ? [lane.parkedAt.toISOString(), lane.feedId, lane.topic, lane.partition, lane.lane]
    : [null, null, null, null, null];

/** A lane whose front became a dead letter at `parkedAt`. */
interface DeadLane extends TopicPartition {
  readonly feedId: string;
  readonly lane: string;
  readonly parkedAt: Date;
}

export type Release = 'redrive' | 'skip';

/** Outcome that marks a redrive in the delivery log. It is not an attempt; attempts after it count from one. */
export const REDRIVEN = 'redriven';

/** Serialises the release with dispatchers' saves; see lane-save.ts. */
const LOCK = `select from webhook_partition where topic = $1 and partition = $2 for update`;

const GIVEN = withRows(
  'unnest($3::uuid[], $4::text[], $5::timestamptz[]) as given (feed_id, lane, parked_at)',
);

/** A dead letter with a later `parkedAt` is another one and not selected. */
const STILL_DEAD = `${inLaneOfRow('lane')} and lane.parked_at = row.parked_at and lane.retry_at is null`;

const REDRIVE = `
  ${GIVEN},
  lane as (
    update webhook_lane as lane
    set attempts = 0, retry_at = now(), parked_at = null, announced = false, released_after = lane.attempts
    from row where ${STILL_DEAD}
    returning lane.*
  ),
  logged as (
    insert into webhook_attempt (attempt_id, feed_id, subscription_id, replay_id, tenant, topic, partition, "offset",
      event_id, event_type, events, attempt, started_at, duration_ms, outcome)
    select gen_random_uuid(), feed_id, lane.subscription_id, nullif(feed_id, lane.subscription_id),
      coalesce(tenant, ''), topic, partition, "offset", event_id, event_type, 0, 0, now(), 0, '${REDRIVEN}'
    from lane ${FRONT}
    left join webhook_subscription as owner on owner.subscription_id = lane.subscription_id
  )
  select feed_id as "feedId", lane, false as delivered from lane`;

/** Keeps a note of each live one, without which nobody could tell it from a delivered one. */
const SKIP = `
  ${GIVEN},
  skipped as (
    delete from webhook_parked_delivery as parked
    using row, webhook_lane as lane
    where ${STILL_DEAD} and ${inFeedOfRow('parked')}
      and parked."offset" = (select min("offset") from webhook_parked_delivery as front where ${inLaneOfRow('front')})
    returning parked.*, lane.subscription_id
  ),
  noted as (
    insert into webhook_skip (feed_id, topic, partition, "offset")
    select feed_id, topic, partition, "offset" from skipped where feed_id = subscription_id
    on conflict do nothing
  )
  select feed_id as "feedId", lane, false as delivered from skipped`;

/**
 * Reopens a completed replay for its redriven deliveries. A running one is updated too, so that a concurrent completion has
 * to check again.
 */
const REOPEN = `
  update webhook_replay
  set state = 'running', done = null, finished_at = null,
    revision = nextval(pg_get_serial_sequence('webhook_replay', 'revision'))
  where replay_id = any($1::uuid[]) and state in ('running', 'completed')
    and exists (select from webhook_lane where feed_id = replay_id and retry_at is not null)`;

/**
 * Redrives or skips these dead letters, each partition's in a transaction of its own.
 * @returns how many were still dead letters and are released
 */
export async function releaseLanes(
  pool: Pool,
  release: Release,
  lanes: readonly DeadLane[],
): Promise<number> {
  let count = 0;
  for (const [first, ...others] of byPartition(lanes)) {
    if (!first) continue;
    count += await inTransaction(pool, '', (transaction) =>
      releaseInPartition(transaction, release, first, [first, ...others]),
    );
  }
  return count;
}

async function releaseInPartition(
  transaction: PostgresTransaction,
  release: Release,
  { topic, partition }: DeadLane,
  lanes: readonly DeadLane[],
): Promise<number> {
  const place = [topic, partition];
  await transaction.query(LOCK, place);
  const { rows } = await transaction.query<LeftLane>(release === 'redrive' ? REDRIVE : SKIP, [
    ...place,
    ...arrayColumns(lanes, 'feedId'),
    lanes.map(({ lane }) => lane),
    arrayLiteral(lanes.map(({ parkedAt }) => parkedAt.toISOString())),
  ]);
  if (release === 'skip') await transaction.query(AFTER_ROWS_LEFT, [...place, ...leftColumns(rows)]);
  await transaction.query(REOPEN, [arrayLiteral(new Set(rows.map(({ feedId }) => feedId)))]);
  return rows.length;
}

function byPartition(lanes: readonly DeadLane[]): Iterable<DeadLane[]> {
  const groups = new Map<string, DeadLane[]>();
  for (const lane of lanes) {
    const key = topicPartitionKey(lane);
    const group = groups.get(key);
    if (group) group.push(lane);
    else groups.set(key, [lane]);
  }
  return groups.values();
}
