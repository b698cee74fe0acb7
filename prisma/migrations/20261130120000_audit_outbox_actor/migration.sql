-- How much of the outbox an actor fills, which is asked of each act once half of it is full.
create index audit_outbox_actor_idx on audit_outbox ((act->>'actor'));
