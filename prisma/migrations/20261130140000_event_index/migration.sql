-- Where each event is in the log, by its id, and which events tell of an order. Lean, because it gets a row for every
-- event: what is in the event is read from the log.
create table event_index (
  event_id uuid primary key,
  order_id uuid,
  tenant text not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null
);

create index event_index_of_order on event_index (order_id, event_id) where order_id is not null;
