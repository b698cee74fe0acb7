-- Deliveries of webhooks. None of these tables refers to webhook_subscription: that is a read model, which may be built
-- anew while deliveries go on.
drop table parked_delivery;
drop table webhook_cursor;

-- Which dispatcher has a partition. Whoever changes lanes or cursors of a partition locks its row first, so that all
-- changes to a partition come one after the other.
create table webhook_partition (
  topic text not null,
  partition int not null,
  owner uuid not null,
  -- Cursors at rest have come as far as this.
  rest bigint not null,
  -- Of the owner's last save.
  save_number bigint not null,
  primary key (topic, partition)
) with (fillfactor = 20);

-- Written several times a second: there is no index on what changes, and room on each page, so that a new version of a
-- row lies beside the old one and no index is touched.
create table webhook_cursor (
  feed_id uuid not null,
  topic text not null,
  partition int not null,
  watermark bigint not null,
  -- Bounds of ranges of offsets: from, to (not included), from, to …
  finished bigint[] not null,
  previous_event_id uuid,
  resting boolean not null,
  primary key (topic, partition, feed_id)
) with (fillfactor = 70);

create table webhook_lane (
  feed_id uuid not null,
  topic text not null,
  partition int not null,
  lane text not null,
  subscription_id uuid not null,
  attempts int not null,
  -- Null: a dead letter, which waits for a person.
  retry_at timestamptz(3),
  last_error text,
  -- Since when no delivery of the lane has succeeded.
  failing_since timestamptz(3),
  parked_at timestamptz(3),
  -- Whether the dead letter has been told of.
  announced boolean not null default false,
  -- With how many attempts a person last released it, by redrive or skip; null when a dispatcher has moved it since.
  released_after int,
  primary key (feed_id, topic, partition, lane),
  check ((retry_at is null) = (parked_at is not null))
);
create index webhook_lane_due on webhook_lane (topic, partition, feed_id, retry_at) where retry_at is not null;
create index webhook_lane_dead on webhook_lane (subscription_id, parked_at, feed_id, topic, partition, lane)
  where retry_at is null;
create index webhook_lane_unannounced on webhook_lane (parked_at) where retry_at is null and not announced;

create table webhook_held (
  feed_id uuid not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  lane text not null,
  event_id uuid not null,
  event_type text not null,
  previous_event_id uuid,
  held_at timestamptz(3) not null default now(),
  -- These two begin differently, so that none can stand in for the other: for a table that has grown since it was last
  -- analysed the planner thinks one as good as the other, and would read a whole feed for each row.
  primary key ("offset", feed_id, topic, partition)
);
create index webhook_held_by_lane on webhook_held (lane, feed_id, topic, partition, "offset");
create index webhook_held_by_event on webhook_held (event_id);

create type webhook_replay_state as enum ('running', 'completed', 'cancelled');

create table webhook_replay (
  replay_id uuid primary key,
  subscription_id uuid not null,
  tenant text not null,
  -- Offsets by partition, as <topic>/<partition>: where it begins, and where it ends (not included).
  "start" jsonb not null,
  "until" jsonb not null,
  event_types text[],
  callback_url text,
  state webhook_replay_state not null default 'running',
  -- Of the request, where it can be repeated.
  request_hash text,
  -- How many offsets it had done when it ended.
  done bigint,
  created_at timestamptz(3) not null default now(),
  finished_at timestamptz(3),
  revision bigserial not null
);
create index webhook_replay_by_time on webhook_replay (subscription_id, created_at desc, replay_id desc);
create index webhook_replay_running on webhook_replay (replay_id) where state = 'running';

-- The delivery log: for people, and only for days. A partition a day, which is made ahead of time and dropped whole.
create table webhook_attempt (
  attempt_id uuid not null,
  feed_id uuid not null,
  subscription_id uuid not null,
  tenant text not null,
  replay_id uuid,
  topic text not null,
  partition int not null,
  -- Of the first event, where a request has several.
  "offset" bigint not null,
  event_id uuid not null,
  event_type text not null,
  events int not null,
  attempt int not null,
  started_at timestamptz(3) not null,
  duration_ms int not null,
  outcome text not null,
  status_code int,
  reason text,
  answer text
) partition by range (started_at);
create index webhook_attempt_by_time on webhook_attempt (subscription_id, started_at desc, attempt_id desc);
create index webhook_attempt_failed on webhook_attempt (subscription_id, started_at desc, attempt_id desc)
  where outcome <> 'delivered';
create index webhook_attempt_by_event on webhook_attempt (subscription_id, event_id);
-- For what no day has been made for: a clock that is far off must not stop the log.
create table webhook_attempt_default partition of webhook_attempt default;
