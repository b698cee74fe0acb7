create table cart (
  tenant text not null,
  cart_id text collate "C" not null,
  version int not null,
  status text not null,
  customer_id text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  state json not null,
  primary key (tenant, cart_id)
);
