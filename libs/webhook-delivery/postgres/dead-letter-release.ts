import { type TopicPartition, topicPartitionKey } from '#libs/kernel';
import type { Pool } from 'pg';
import { arrayLiteral } from '#libs/postgres';
import { inTransaction, type PostgresTransaction } from '#libs/projections/postgres';
import { AFTER_ROWS_LEFT } from './lane-statements.js';
import { inFeedOfRow, inLaneOfRow, withRows } from './partition-rows.js';
import { type LeftLane, leftColumns } from './partition-save.js';

/** A lane whose front became a dead letter at `parkedAt`. */
export interface DeadLane extends TopicPartition {
  readonly feedId: string;
  readonly lane: string;
  readonly parkedAt: Date;
}

export type Release = 'redrive' | 'skip';

/** Outcome that marks a redrive in the delivery log. It is not an attempt; attempts after it count from one. */
export const REDRIVEN = 'redriven';

/** Serialises the release with dispatchers' saves; see lane-statements.ts. */
const LOCK = `select from webhook_partition where topic = $1 and partition = $2 for update`;

const GIVEN = withRows(
  'unnest($3::uuid[], $4::text[], $5::timestamptz[]) as given (feed_id, lane, parked_at)',
);

/** A dead letter with a later `parkedAt` is another one and not selected. */
const STILL_DEAD = `${inLaneOfRow('lane')} and lane.parked_at = row.parked_at and lane.retry_at is null`;

/** The delivery that has failed: the first of its lane. */
export const FRONT = `
  cross join lateral (
    select "offset", event_id, event_type from webhook_parked_delivery as parked
    where parked.feed_id = lane.feed_id and parked.topic = lane.topic and parked.partition = lane.partition
      and parked.lane = lane.lane
    order by "offset" limit 1
  ) as front`;

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

const SKIP = `
  ${GIVEN}
  delete from webhook_parked_delivery as parked
  using row, webhook_lane as lane
  where ${STILL_DEAD} and ${inFeedOfRow('parked')}
    and parked."offset" = (select min("offset") from webhook_parked_delivery as front where ${inLaneOfRow('front')})
  returning parked.feed_id as "feedId", parked.lane, false as delivered`;

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
    arrayLiteral(lanes.map(({ feedId }) => feedId)),
    lanes.map(({ lane }) => lane),
    arrayLiteral(lanes.map(({ parkedAt }) => parkedAt.toISOString())),
  ]);
  if (release === 'skip') await transaction.query(AFTER_ROWS_LEFT, [...place, ...leftColumns(rows), true]);
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
