import { inFeedOfRow, inLaneOfRow, withRows } from './partition-rows.js';

/*
 * What a save of a partition does to its lanes. It takes the row of the partition first, and so does whoever redrives or
 * skips: they come one after the other, and each sees all of what came before. Left to think of is what a dispatcher
 * cannot know. When the answer to a save was lost, it writes the same again, as part of a later one; and between the two
 * a person may have released a dead letter.
 *
 * - A held row that comes again after it was skipped is known by the cursor: the save that brought it finished its
 *   offset there. It stays away. The cursor of before a rewind says nothing of a row that comes with the rewind.
 * - A lane that becomes a dead letter again after it was released is known by its attempts, which are those that it was
 *   released with (`released_after`). It stays due. Where they are the same because the released lane has failed as
 *   often once more, before any other save, that costs another round of attempts: the mark goes, and the next one counts.
 * - A lane whose last row was skipped has gone, and does not come back without one.
 * - A row that comes for a lane that has gone brings it back, due at once. Only if the repeated save also made that lane
 *   a dead letter does it come back as one: then the new row waits for a person, who sees it.
 * - A row that is settled again is not there, and then nothing happens to its lane: it may be another one's by now.
 */

/** The bounds of what is finished are in order: inside a range an odd number of them has been passed. */
const IS_REPEATED = `
  select from webhook_cursor as cursor
  where ${inFeedOfRow('cursor')} and cursor.generation >= row.generation
    and (row."offset" < watermark or width_bucket(row."offset", finished) % 2 = 1)`;

/** Of rows that come without a word on their lane. */
const NEW_LANE = `feed_id, topic, partition, lane, coalesce(replay.subscription_id, feed_id), 0, now()`;
const OWNER = 'left join webhook_replay as replay on replay_id = feed_id';

export const PARK = `
  ${withRows(`unnest($3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::int[])
    as delivery (feed_id, "offset", lane, event_id, event_type, previous_event_id, generation)`)},
  parked as (
    insert into webhook_parked_delivery (feed_id, "offset", lane, event_id, event_type, previous_event_id, topic, partition)
    select feed_id, "offset", lane, event_id, event_type, previous_event_id, topic, partition
    from row where not exists (${IS_REPEATED})
    on conflict do nothing
    returning feed_id, topic, partition, lane
  )
  insert into webhook_lane (feed_id, topic, partition, lane, subscription_id, attempts, retry_at)
  select distinct ${NEW_LANE} from parked ${OWNER}
  on conflict do nothing`;

/**
 * Rows get lanes of their own, which have failed as long as those that they were in.
 * @returns the lanes that they have left.
 */
export const DETACH = `
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

/** @returns the lanes of which a row has gone. */
export const DELETE_DELIVERED = `
  ${withRows('unnest($3::uuid[], $4::bigint[]) as delivered (feed_id, "offset")')},
  gone as (
    delete from webhook_parked_delivery as parked using row
    where ${inFeedOfRow('parked')} and parked."offset" = row."offset"
    returning parked.feed_id, parked.lane
  )
  select distinct feed_id as "feedId", lane from gone`;

const HAS_ROWS = `select from webhook_parked_delivery as parked where ${inLaneOfRow('parked')}`;

/**
 * What becomes of lanes of which rows have gone. Whether a row was delivered ($5) tells whether the lane is still failing;
 * else it was detached, or skipped by a person ($6).
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
  set attempts = 0, retry_at = now(), last_error = null, parked_at = null, announced = false,
    failing_since = case when not delivered then failing_since end,
    released_after = case when $6::boolean then attempts end
  from row
  where ${inLaneOfRow('lane')} and exists (${HAS_ROWS})`;

export const LANES = `
  ${withRows(`unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[], $7::timestamptz[], $8::text[], $9::int[])
    as lanes (feed_id, lane, subscription_id, attempts, retry_at, last_error, endpoint_revision)`)},
  released as (
    update webhook_lane as lane set released_after = null from row
    where ${inLaneOfRow('lane')} and released_after = row.attempts and row.retry_at is null
    returning row.feed_id, row.topic, row.partition, row.lane
  )
  insert into webhook_lane as lane (feed_id, lane, subscription_id, attempts, retry_at, last_error, endpoint_revision,
    topic, partition, failing_since, parked_at)
  select row.*, case when attempts > 0 then now() end, case when retry_at is null then now() end
  from row
  where exists (${HAS_ROWS}) and not exists (select from released where ${inLaneOfRow('released')})
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

/** What waits for its next try at another endpoint than its feed has now ($4) need not wait, while the claim is held ($5). */
export const MAKE_DUE = `
  ${withRows('unnest($3::uuid[], $4::int[]) as feeds (feed_id, endpoint_revision)')}
  update webhook_lane as lane set retry_at = now() from row
  where ${inFeedOfRow('lane')} and lane.endpoint_revision <> row.endpoint_revision and retry_at > now()
    and exists (
      select from webhook_partition as owned
      where owned.topic = row.topic and owned.partition = row.partition and owned.owner = $5::uuid
    )`;
