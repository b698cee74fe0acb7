create table notification (
  notification_id uuid primary key,
  tenant text not null,
  version int not null,
  status text not null,
  order_id text not null,
  cart_id text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  state json not null
);

create index on notification (tenant, created_at desc, notification_id desc);
create index on notification (tenant, order_id, created_at desc, notification_id desc);
create index on notification (tenant, cart_id, created_at desc, notification_id desc);
