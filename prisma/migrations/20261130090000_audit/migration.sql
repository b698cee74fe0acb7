create table audit_act (
  act_id uuid primary key,
  tenant text not null,
  version int not null,
  acted_at bigint not null,
  act text not null,
  actor text not null,
  for_tenant text not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  state json not null
);

create index on audit_act (acted_at desc, act_id desc);
create index on audit_act (act, acted_at desc, act_id desc);
create index on audit_act (actor, acted_at desc, act_id desc);
create index on audit_act (for_tenant, acted_at desc, act_id desc);

-- Acts on their way to the topic audit. The only copy until then.
create table audit_outbox (
  act_id uuid primary key,
  begun_at timestamptz(3) not null default now(),
  -- An act without an outcome by then is recorded with the outcome unknown.
  expires_at timestamptz(3) not null,
  act json not null,
  outcome text,
  status int
);
