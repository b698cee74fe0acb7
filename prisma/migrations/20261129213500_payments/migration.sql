create table payment (
  order_id uuid primary key,
  tenant text not null,
  version int not null,
  status text not null,
  currency text not null,
  captured bigint not null,
  refunded bigint not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  state json not null
);

create index on payment (tenant, created_at desc, order_id desc);
create index on payment (tenant, status, created_at desc, order_id desc);
