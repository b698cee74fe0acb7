-- A projection has one build that queries see, in this schema, and sometimes another that is made beside it, in a schema
-- of its own, and takes its place.
create table projection (
  name text primary key,
  version int not null,
  build int not null,
  -- The other one, while there is one.
  next_version int,
  next_build int,
  check ((next_version is null) = (next_build is null))
);
insert into projection (name, version, build) select distinct projection, 1, 1 from projection_checkpoint;

alter table projection_checkpoint
  add column build int not null default 1,
  -- Why it goes no further, and at which offset.
  add column fault text,
  add column fault_offset bigint,
  add check ((fault is null) = (fault_offset is null)),
  drop constraint projection_checkpoint_pkey,
  add primary key (projection, build, topic, partition);
alter table projection_checkpoint alter column build drop default;

-- Events that were left out by command. They are left out of every later build too.
create table projection_skip (
  projection text not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  reason text not null,
  skipped_at timestamptz(3) not null default now(),
  primary key (projection, topic, partition, "offset")
);

-- Events as they are in the log: they are read as today's code reads them. A projection of its own now, which is built
-- from the beginning.
drop table order_timeline;
create table order_timeline (
  order_id uuid not null,
  version int not null,
  tenant text not null,
  occurred_at timestamptz(3) not null,
  partition int not null,
  "offset" bigint not null,
  value bytea not null,
  primary key (order_id, version)
);

-- What the statistics have to know of an order, to take it out of one count and into another.
create table order_fact (
  order_id uuid primary key,
  tenant text not null,
  hour timestamptz(0) not null,
  currency text not null,
  status text not null,
  total bigint not null
);
-- By partition too: else those who read different partitions would wait for each other.
create table order_statistics (
  tenant text not null,
  hour timestamptz(0) not null,
  currency text not null,
  status text not null,
  partition int not null,
  orders bigint not null,
  revenue numeric not null,
  primary key (tenant, hour, currency, status, partition)
);
