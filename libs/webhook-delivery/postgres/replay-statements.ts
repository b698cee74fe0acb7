/** Prevents two concurrent requests from both creating the last replay allowed. */
export const LOCK_TENANT = `select pg_advisory_xact_lock(hashtextextended('webhook_replay ' || $1, 0))`;

export const REQUEST = `select request_hash as "requestHash" from webhook_replay where replay_id = $1`;

export const RUNNING = `
  select count(*) as "ofTenant", count(*) filter (where subscription_id = $2) as "ofSubscription"
  from webhook_replay where tenant = $1 and state = 'running'`;

export const INSERT = `
  insert into webhook_replay
    (replay_id, subscription_id, tenant, "start", "until", event_types, callback_url, request_hash,
     callback_query)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Each partition of a replay with its first offset and its end. */
const PARTITIONS = `
  select split_part(key, '/', 1) as topic, split_part(key, '/', 2)::int as partition, value::bigint as "end",
    coalesce((replay."start" ->> key)::bigint, 0) as beginning
  from jsonb_each_text(replay."until")`;

const REACHED = `
  coalesce((
    select case when idle then greatest(watermark, scanned_offset) else watermark end
    from webhook_cursor join webhook_partition using (topic, partition)
    where topic = part.topic and partition = part.partition and feed_id = replay.replay_id
  ), 0)`;

const SELECT = `
  select replay_id as "replayId", subscription_id as "subscriptionId", event_types as "eventTypes",
    callback_url as "callbackUrl", callback_query as "callbackQuery", state, created_at as "createdAt", finished_at as "finishedAt", now() as "askedAt",
    total, coalesce(replay.done, progress.done) as done
  from webhook_replay as replay
  cross join lateral (
    select coalesce(sum("end" - beginning), 0) as total,
      coalesce(sum(greatest(least(reached, "end") - beginning, 0)), 0) as done
    from (select "end", beginning, ${REACHED} as reached from (${PARTITIONS}) as part) as standing
  ) as progress`;

export const FIND_ONE = `${SELECT} where subscription_id = $1 and replay_id = $2`;

export const FIND_PAGE = `
  ${SELECT}
  where subscription_id = $1
    and ($3::timestamptz is null or (created_at, replay_id) < ($3::timestamptz, $4::uuid))
  order by created_at desc, replay_id desc limit $2`;

const NEXT_REVISION = `nextval(pg_get_serial_sequence('webhook_replay', 'revision'))`;

/** Finished deliveries still count. {@link TIDY} deletes the ones that wait. */
export const CANCEL = `
  update webhook_replay as replay
  set state = 'cancelled', finished_at = now(), done = progress.done::bigint, revision = ${NEXT_REVISION}
  from (${SELECT} where replay_id = $1) as progress
  where replay.replay_id = $1 and replay.state = 'running'`;

/** Both revisions only increase, so their sum changes with either. */
const ACTIVE_ROWS = `
  from webhook_replay as replay join webhook_subscription as subscription using (subscription_id)
  where replay.state = 'running' and subscription.status = 'active'`;

const REVISION = `replay.revision + subscription.revision as revision`;

export const ACTIVE_REVISIONS = `select replay_id as "replayId", ${REVISION} ${ACTIVE_ROWS}`;

export const ACTIVE = `
  select replay_id as "replayId", subscription_id as "subscriptionId", event_types as "eventTypes",
    callback_url as "callbackUrl", callback_query as "callbackQuery", "start", "until", ${REVISION}
  ${ACTIVE_ROWS} and replay_id = any($1::uuid[])`;

const IS_FINISHED = `
  state = 'running'
  and not exists (select from (${PARTITIONS}) as part where ${REACHED} < "end")
  and not exists (select from webhook_lane where feed_id = replay_id and retry_at is not null)`;

export const FINISHED = `select replay_id as "replayId" from webhook_replay as replay where ${IS_FINISHED}`;

/** Redriving dead letters locks the row too, so what is read after this lock stays true until the transaction ends. */
export const LOCK = `select from webhook_replay where replay_id = any($1::uuid[]) order by replay_id for update`;

export const COMPLETE = `
  update webhook_replay as replay set state = 'completed', finished_at = now(), revision = ${NEXT_REVISION}, done = (
    select coalesce(sum("end" - beginning), 0) from (${PARTITIONS}) as part
  )
  where replay_id = any($1::uuid[]) and ${IS_FINISHED}`;

/** A dispatcher notices a cancelled replay at its next poll and may save once more until then. */
const CANCELLED = `
  using webhook_replay as replay
  where feed_id = replay_id and state = 'cancelled' and finished_at < now() - interval '1 minute'`;

export const TIDY = [
  `update webhook_replay as replay set state = 'cancelled', finished_at = now(), done = 0, revision = ${NEXT_REVISION}
   where state = 'running' and created_at < now() - interval '1 minute'
     and not exists (select from webhook_subscription as subscription
       where subscription.subscription_id = replay.subscription_id)
     and exists (select from webhook_subscription)`,
  `delete from webhook_parked_delivery ${CANCELLED}`,
  `delete from webhook_lane ${CANCELLED}`,
  `delete from webhook_cursor ${CANCELLED}`,
  // A replay with dead letters keeps its cursor, because it goes on from there after a redrive.
  `delete from webhook_cursor using webhook_replay as replay
   where feed_id = replay_id and state = 'completed' and finished_at < now() - interval '1 minute'
     and not exists (select from webhook_lane as lane where lane.feed_id = replay_id)`,
] as const;
