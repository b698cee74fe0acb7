-- What one attempt sent and was answered, for the page of one delivery, as JSON. Nothing selects by it, so it is one
-- column: each more costs every attempt.
alter table webhook_attempt add column exchange text;

-- The list is filtered by event type and status code inside these indexes, without reading the rows that do not match.
-- Indexes of their own would cost every attempt one more.
drop index webhook_attempt_by_time;
create index webhook_attempt_by_time
  on webhook_attempt (subscription_id, started_at desc, attempt_id desc, event_type, status_code);
drop index webhook_attempt_failed;
create index webhook_attempt_failed
  on webhook_attempt (subscription_id, started_at desc, attempt_id desc, event_type, status_code)
  where outcome <> 'delivered';

create index webhook_attempt_dead on webhook_attempt (subscription_id, started_at desc, attempt_id desc)
  where outcome in ('dead-letter', 'redriven');

-- Attempts of live delivery, counted by subscription, time and status code. Rows of a minute serve the last hour, rows of
-- half an hour the last week.
create table webhook_tally (
  subscription_id uuid not null,
  step_minutes smallint not null,
  started_at timestamptz(3) not null,
  -- 0 for no answer.
  status_code smallint not null,
  attempts bigint not null,
  -- Attempts by duration; see the histogram of the code for its bounds.
  durations bigint[] not null,
  primary key (subscription_id, step_minutes, started_at, status_code)
) with (fillfactor = 50);
create index webhook_tally_by_time on webhook_tally (step_minutes, started_at);

-- The subscriptions that have failed deliveries, and since when.
create index webhook_lane_failing on webhook_lane (subscription_id, failing_since) where failing_since is not null;

-- All tenants' subscriptions, newest first.
create index webhook_subscription_created_at_subscription_id_idx
  on webhook_subscription (created_at desc, subscription_id desc);
