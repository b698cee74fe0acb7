-- A cursor says by which rules it was judged, so that whoever takes it over knows what newer rules owe of what it has
-- passed. It then goes back, which the generation tells from a late write of an older state.
alter table webhook_cursor
  add column rules_revision int not null default 1,
  add column generation int not null default 0;

-- Until now, dispatchers went back by what they had in memory: what is there was judged by the present rules.
update webhook_cursor set rules_revision = json_array_length(state->'rules')
from webhook_subscription
where subscription_id = feed_id and json_array_length(state->'rules') > 1;
