-- Existing keys may do what they could: everything of their tenant.
alter table api_key
  add column scopes text[] not null default '{*}',
  add column expires_at timestamptz(3),
  add column last_used_at timestamptz(3),
  add column replaced_by uuid;
