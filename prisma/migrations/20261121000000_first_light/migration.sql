create table api_key (
  id uuid primary key,
  tenant text not null,
  name text not null,
  hash text not null unique,
  created_at timestamptz(3) not null default now(),
  revoked_at timestamptz(3)
);

create table projection_checkpoint (
  projection text not null,
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  primary key (projection, topic, partition)
);

create table "order" (
  order_id uuid primary key,
  tenant text not null,
  version int not null,
  status text not null,
  customer_id text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  state json not null
);
create index order_by_time on "order" (tenant, created_at desc, order_id desc);
create index order_by_customer on "order" (tenant, customer_id, created_at desc, order_id desc);
create index order_by_status on "order" (tenant, status, created_at desc, order_id desc);

create table order_timeline (
  order_id uuid not null,
  version int not null,
  tenant text not null,
  event_id uuid not null,
  event_type text not null,
  occurred_at timestamptz(3) not null,
  position text not null,
  data json not null,
  metadata json not null,
  primary key (order_id, version)
);

create type subscription_status as enum ('active', 'paused', 'disabled', 'deleted');

create table webhook_subscription (
  id uuid primary key,
  tenant text not null,
  callback_url text not null,
  event_types text[] not null,
  secret text not null,
  status subscription_status not null default 'active',
  start_from text not null,
  retry jsonb not null,
  created_at timestamptz(3) not null default now(),
  revision bigserial not null
);
create index webhook_subscription_by_time on webhook_subscription (tenant, created_at desc, id desc);
create index webhook_subscription_by_revision on webhook_subscription (revision);

create table webhook_cursor (
  subscription_id uuid not null references webhook_subscription (id) on delete cascade,
  topic text not null,
  partition int not null,
  watermark bigint not null,
  finished bigint[] not null default '{}',
  previous_event_id uuid,
  owner uuid,
  primary key (subscription_id, topic, partition)
);

create table parked_delivery (
  subscription_id uuid not null references webhook_subscription (id) on delete cascade,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  lane text not null,
  event_id uuid not null,
  event_type text not null,
  attempts int not null,
  last_error text,
  parked_at timestamptz(3) not null default now(),
  primary key (subscription_id, topic, partition, "offset")
);
create index parked_delivery_by_lane on parked_delivery (subscription_id, lane);
