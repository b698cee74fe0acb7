-- Who is logged in to the console. Neither the token of a session nor the key behind it is stored, only their hashes.
create table session (
  hash text primary key,
  kind text not null,
  tenant text not null,
  actor text not null,
  scopes text[] not null,
  -- The key that the session ends with; null for a person whom the issuer of access tokens vouches for.
  key_hash text,
  -- The only subscription that a portal session sees; null for all of the tenant.
  subscription_id uuid,
  created_at timestamptz(3) not null default now(),
  seen_at timestamptz(3) not null default now(),
  ends_at timestamptz(3) not null
);

create index session_actor_idx on session (actor, kind, created_at desc, hash);
create index session_ends_at_idx on session (ends_at);

-- Links that open the portal, once each.
create table portal_link (
  hash text primary key,
  tenant text not null,
  actor text not null,
  key_hash text,
  subscription_id uuid,
  -- How long the session lasts that the link opens.
  session_ms bigint not null,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);

create index portal_link_actor_idx on portal_link (actor, expires_at);
create index portal_link_expires_at_idx on portal_link (expires_at);
