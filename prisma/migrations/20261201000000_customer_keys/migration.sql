-- Keys under which the personal data of customers is sealed. They are not in the log: to destroy one is to forget the customer.
create table customer_key (
  key_id uuid primary key,
  tenant text not null,
  customer_id text not null,
  wrapped text not null,
  created_at timestamptz(3) not null default now(),
  unique (tenant, customer_id)
);

create table destroyed_key (
  key_id uuid primary key,
  tenant text not null,
  destroyed_at timestamptz(3) not null default now()
);
