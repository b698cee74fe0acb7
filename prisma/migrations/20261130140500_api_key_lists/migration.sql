-- Operators list keys, newest first, of all tenants or one.
create index on api_key (created_at desc, id desc);
create index on api_key (tenant, created_at desc, id desc);
