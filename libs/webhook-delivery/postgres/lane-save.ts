import { arrayColumns, arrayLiteral, withoutNul } from '#libs/postgres';
import type { PostgresTransaction } from '#libs/projections/postgres';
import type { BlockedLane, PartitionChanges, PartitionClaim } from '../core/ports.js';
import { inFeedOfRow, inLaneOfRow, withRows } from './given-rows.js';

/*
 * How a save changes the lanes of a partition. Saves, redrives and skips all lock the partition's row first, so they run
 * one after another and each sees the effects of the others. One case remains: after a lost answer a dispatcher writes the
 * same changes again as part of a later save, and an operator may have released a dead letter in between.
 *
 * - A parked row that is repeated after it was skipped is recognised by the cursor, where the first save finished its
 *   offset, and is not inserted. A cursor from before a rewind does not count for rows that come with the rewind.
 * - A lane's attempts belong to its first row. A row that arrives before that one, because a change that owes it was heard
 *   late, makes the lane due with no attempts. The failure of another row than the first one, saved or repeated later, is
 *   ignored: the row comes again in its turn. So is the failure of a row that an operator has skipped.
 * - A lane that is repeated as a dead letter after its redrive is recognised by its attempts, which equal those at the
 *   redrive (`released_after`), and stays due. If it really failed that often again before any other save, it gets
 *   one more round of attempts: the mark is cleared, and the next dead letter counts.
 * - A lane whose last row was skipped is deleted and does not return without a row.
 * - A row for a deleted lane recreates the lane, due at once.
 * - A row that is delivered twice is gone the second time, and its lane, which may have been reused, is left alone.
 */

/** Range bounds are sorted, so an offset inside a range has an odd number of bounds below it. */
const IS_REPEATED = `
  select from webhook_cursor as cursor
  where ${inFeedOfRow('cursor')} and cursor.generation >= row.generation
    and (row."offset" < watermark or width_bucket(row."offset", finished) % 2 = 1)`;

/** The lane of rows whose save does not describe one. */
const NEW_LANE = `feed_id, topic, partition, lane, coalesce(replay.subscription_id, feed_id), 0, now()`;
/** What a lane has of its first row, when that row is another one now and was not tried. */
const NEW_FRONT =
  'attempts = 0, retry_at = now(), last_error = null, parked_at = null, announced = false, released_after = null';
const OWNER = 'left join webhook_replay as replay on replay_id = feed_id';

/** One look at the index for each lane. */
const FIRST_OFFSET = `
  select min(parked."offset") from webhook_parked_delivery as parked where ${inLaneOfRow('parked')}`;

/**
 * Rows to insert, with the lanes that they make or come first in. It compares them with the first rows from before,
 * because every part of a statement sees the state before it.
 */
export const PARK = `
  ${withRows(`unnest($3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::int[])
    as delivery (feed_id, "offset", lane, event_id, event_type, previous_event_id, generation)`)},
  parked as (
    insert into webhook_parked_delivery (feed_id, "offset", lane, event_id, event_type, previous_event_id, topic, partition)
    select feed_id, "offset", lane, event_id, event_type, previous_event_id, topic, partition
    from row where not exists (${IS_REPEATED})
    on conflict do nothing
    returning feed_id, topic, partition, lane, "offset"
  ), arrived as (
    select feed_id, topic, partition, lane, min("offset") as "offset" from parked group by feed_id, topic, partition, lane
  ), overtaken as (
    update webhook_lane as lane set ${NEW_FRONT} from arrived as row
    where ${inLaneOfRow('lane')} and row."offset" < (${FIRST_OFFSET})
  )
  insert into webhook_lane (feed_id, topic, partition, lane, subscription_id, attempts, retry_at)
  select ${NEW_LANE} from arrived ${OWNER}
  on conflict do nothing`;

/** Moves rows to lanes of their own, which keep `failing_since`. @returns the lanes that they left */
const DETACH = `
  ${withRows(`unnest($3::uuid[], $4::bigint[], $5::text[], $6::text[])
    as detached (feed_id, "offset", old_lane, new_lane)`)},
  moved as (
    update webhook_parked_delivery as parked set lane = new_lane from row
    where ${inFeedOfRow('parked')} and parked."offset" = row."offset" and parked.lane = old_lane
    returning row.*, parked.lane
  ), made as (
    insert into webhook_lane
      (feed_id, topic, partition, lane, subscription_id, attempts, retry_at, failing_since, endpoint_revision)
    select distinct ${NEW_LANE}, failing_since, coalesce(endpoint_revision, 0) from moved ${OWNER}
    left join lateral (
      select failing_since, endpoint_revision from webhook_lane as old
      where old.feed_id = moved.feed_id and old.topic = moved.topic and old.partition = moved.partition
        and old.lane = old_lane
    ) as left_lane on true
    on conflict do nothing
  )
  select distinct feed_id as "feedId", old_lane as lane from moved`;

/** @returns the lanes that lost a row */
const DELETE_DELIVERED = `
  ${withRows('unnest($3::uuid[], $4::bigint[]) as delivered (feed_id, "offset")')},
  gone as (
    delete from webhook_parked_delivery as parked using row
    where ${inFeedOfRow('parked')} and parked."offset" = row."offset"
    returning parked.feed_id, parked.lane
  )
  select distinct feed_id as "feedId", lane from gone`;

const HAS_ROWS = `select from webhook_parked_delivery as parked where ${inLaneOfRow('parked')}`;

/**
 * Updates lanes that lost rows, and deletes empty ones. A delivered row ($5) ends the lane's failure; otherwise the row was
 * detached, or skipped by an operator.
 */
export const AFTER_ROWS_LEFT = `
  ${withRows(`(
    select feed_id, lane, bool_or(delivered) as delivered
    from unnest($3::uuid[], $4::text[], $5::boolean[]) as rows_left (feed_id, lane, delivered) group by feed_id, lane
  ) as lanes`)},
  emptied as (
    delete from webhook_lane as lane using row where ${inLaneOfRow('lane')} and not exists (${HAS_ROWS})
  )
  update webhook_lane as lane
  set ${NEW_FRONT}, failing_since = case when not delivered then failing_since end
  from row
  where ${inLaneOfRow('lane')} and exists (${HAS_ROWS})`;

const LANES = `
  ${withRows(`unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[], $7::timestamptz[], $8::text[], $9::int[], $10::bigint[])
    as lanes (feed_id, lane, subscription_id, attempts, retry_at, last_error, endpoint_revision, "offset")`)},
  told as (select * from row where row."offset" = (${FIRST_OFFSET})),
  released as (
    update webhook_lane as lane set released_after = null from told as row
    where ${inLaneOfRow('lane')} and released_after = row.attempts and row.retry_at is null
    returning row.feed_id, row.topic, row.partition, row.lane
  )
  insert into webhook_lane as lane (feed_id, lane, subscription_id, attempts, retry_at, last_error, endpoint_revision,
    topic, partition, failing_since, parked_at)
  select feed_id, lane, subscription_id, attempts, retry_at, last_error, endpoint_revision, topic, partition,
    case when attempts > 0 then now() end, case when retry_at is null then now() end
  from told as row
  where not exists (select from released where ${inLaneOfRow('released')})
  on conflict (feed_id, topic, partition, lane) do update set subscription_id = excluded.subscription_id,
    attempts = excluded.attempts, retry_at = excluded.retry_at, last_error = excluded.last_error,
    endpoint_revision = excluded.endpoint_revision,
    failing_since = case lane.endpoint_revision
      when excluded.endpoint_revision then coalesce(lane.failing_since, excluded.failing_since)
      else excluded.failing_since
    end,
    parked_at = case when excluded.retry_at is null then coalesce(lane.parked_at, excluded.parked_at) end,
    announced = lane.announced and excluded.retry_at is null,
    released_after = null`;

/** Makes lanes due that wait for a former endpoint ($4), while the caller owns the partition ($5). */
export const MAKE_DUE = `
  ${withRows('unnest($3::uuid[], $4::int[]) as feeds (feed_id, endpoint_revision)')}
  update webhook_lane as lane set retry_at = now() from row
  where ${inFeedOfRow('lane')} and lane.endpoint_revision <> row.endpoint_revision and retry_at > now()
    and exists (
      select from webhook_partition as owned
      where owned.topic = row.topic and owned.partition = row.partition and owned.owner = $5::uuid
    )`;

/** Runs in the transaction of a save, before its cursors are saved: their former state shows which rows are repeated. */
export async function saveLanes(
  transaction: PostgresTransaction,
  { topic, partition }: PartitionClaim,
  { parked, delivered, detached, lanes, cursors }: PartitionChanges,
): Promise<void> {
  const place = [topic, partition];
  if (parked.length > 0) {
    await transaction.query(PARK, [
      ...place,
      ...arrayColumns(parked, 'feedId', 'offset'),
      parked.map(({ lane }) => withoutNul(lane)),
      ...arrayColumns(parked, 'eventId'),
      parked.map(({ eventType }) => withoutNul(eventType)),
      ...arrayColumns(parked, 'previousEventId'),
      arrayLiteral(parked.map(({ feedId }) => cursors.get(feedId)?.generation ?? 0)),
    ]);
  }
  const left: LeftLane[] = [];
  if (delivered.length > 0) {
    const { rows } = await transaction.query<LaneRow>(DELETE_DELIVERED, [
      ...place,
      ...arrayColumns(delivered, 'feedId', 'offset'),
    ]);
    left.push(...rows.map((row) => ({ ...row, delivered: true })));
  }
  if (detached.length > 0) {
    const { rows } = await transaction.query<LaneRow>(DETACH, [
      ...place,
      ...arrayColumns(detached, 'feedId', 'offset'),
      detached.map(({ lane }) => withoutNul(lane)),
      detached.map(({ newLane }) => withoutNul(newLane)),
    ]);
    left.push(...rows.map((row) => ({ ...row, delivered: false })));
  }
  if (left.length > 0) await transaction.query(AFTER_ROWS_LEFT, [...place, ...leftColumns(left)]);
  if (lanes.length > 0) await transaction.query(LANES, [...place, ...laneColumns(lanes)]);
}

interface LaneRow {
  readonly feedId: string;
  readonly lane: string;
}

/** A lane that lost a row. */
export interface LeftLane extends LaneRow {
  readonly delivered: boolean;
}

export const leftColumns = (lanes: readonly LeftLane[]): unknown[] => [
  ...arrayColumns(lanes, 'feedId'),
  lanes.map(({ lane }) => lane),
  ...arrayColumns(lanes, 'delivered'),
];

const laneColumns = (lanes: readonly BlockedLane[]): unknown[] => [
  ...arrayColumns(lanes, 'feedId'),
  lanes.map(({ lane }) => withoutNul(lane)),
  ...arrayColumns(lanes, 'subscriptionId', 'attempts'),
  arrayLiteral(lanes.map(({ retryAt }) => (retryAt === null ? null : new Date(retryAt).toISOString()))),
  lanes.map(({ lastError }) => (lastError === null ? null : withoutNul(lastError))),
  ...arrayColumns(lanes, 'endpointRevision', 'offset'),
];
