create table tenant_limit (
  tenant text not null primary key,
  orders_per_second int,
  requests_per_second int,
  subscriptions int,
  event_streams int,
  batch_size int,
  stored_carts int,
  updated_at timestamptz(3) not null default now()
);

-- Carts that are not checked out are counted where their number is limited.
create index cart_stored_idx on cart (tenant) where status <> 'checked-out';
