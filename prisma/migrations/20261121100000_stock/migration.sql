create table stock_item (
  tenant text not null,
  -- In the order of code points: pages must not depend on the language that a server was installed with.
  sku text collate "C" not null,
  version int not null,
  on_hand bigint not null,
  reserved bigint not null,
  available bigint not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  state json not null,
  primary key (tenant, sku)
);
