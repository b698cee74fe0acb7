-- Since when a projection has stopped. Means nothing without a fault.
alter table projection_checkpoint add column stopped_at timestamptz(3);
update projection_checkpoint set stopped_at = now() where fault is not null;

-- The last rebuild and the last verification of each projection that an operator has asked for over HTTP.
create table projection_job (
  projection text not null,
  kind text not null,
  job_id uuid not null,
  state text not null,
  done bigint not null default 0,
  total bigint not null default 0,
  -- Offsets per second.
  rate double precision not null default 0,
  left_ms bigint,
  cancelled boolean not null default false,
  error text,
  result jsonb,
  started_at timestamptz(3) not null default now(),
  -- The process that runs the job writes it every second.
  updated_at timestamptz(3) not null default now(),
  ended_at timestamptz(3),
  primary key (projection, kind)
);

-- Lists over all tenants.
create index webhook_lane_dead_of_all on webhook_lane (parked_at, feed_id, topic, partition, lane) where retry_at is null;
create index webhook_lane_failing_longest on webhook_lane (failing_since) where failing_since is not null;
create index process_live on process (status, updated_at, process_id) where status in ('stuck', 'running', 'waiting');
create index payment_in_review on payment (updated_at, order_id) where status = 'in-review';
create index notification_of_all on notification (created_at desc, notification_id desc);
create index notification_failed on notification (created_at desc, notification_id desc) where status = 'failed';
