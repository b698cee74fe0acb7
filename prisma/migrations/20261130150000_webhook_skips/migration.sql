-- Deliveries that an operator has skipped. Nothing else is left of them once the delivery log has forgotten them.
create table webhook_skip (
  feed_id uuid not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  skipped_at timestamptz(3) not null default now(),
  primary key (feed_id, topic, partition, "offset")
);
