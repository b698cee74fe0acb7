-- The projector fills it: the read model has a new version.
alter table stock_item add column low_at bigint;
