-- What the subscriptions of a tenant take together is bounded: summed up before each change, from the index alone.
alter table webhook_subscription add column bytes int not null default 0;
update webhook_subscription set bytes = octet_length(state::text);
create index webhook_subscription_by_size on webhook_subscription (tenant, bytes);

-- How many replays of a tenant run is asked before each new one.
create index webhook_replay_of_tenant on webhook_replay (tenant, subscription_id) where state = 'running';
