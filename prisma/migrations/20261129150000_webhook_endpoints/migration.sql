-- The endpoint that a lane has failed at: of another one its failures say nothing.
alter table webhook_lane add column endpoint_revision int not null default 0;

-- Of a replay's callback URL, sealed: a token may be in it.
alter table webhook_replay add column callback_query text;
