-- Subscriptions are built from topic webhooks now. What was here before has no events, so that it cannot be kept: those
-- subscriptions have to be made again.
drop table webhook_subscription cascade;
drop type subscription_status;

create table webhook_subscription (
  subscription_id uuid primary key,
  tenant text not null,
  version int not null,
  status text not null,
  -- Goes up with each change of what is delivered, or how.
  revision int not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  -- Secrets and extra headers are sealed in it.
  state json not null
);
create index webhook_subscription_by_time on webhook_subscription (tenant, created_at desc, subscription_id desc);
-- Read whole by every dispatcher, several times a second.
create index webhook_subscription_active on webhook_subscription (subscription_id) include (revision)
  where status = 'active';
