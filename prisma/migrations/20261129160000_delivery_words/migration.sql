-- The words that the code uses: a delivery is parked, a feed is idle, and the log is scanned up to an offset.
alter table webhook_held rename to webhook_parked_delivery;
alter table webhook_parked_delivery rename column held_at to parked_at;
alter index webhook_held_pkey rename to webhook_parked_delivery_pkey;
alter index webhook_held_by_lane rename to webhook_parked_delivery_by_lane;
alter index webhook_held_by_event rename to webhook_parked_delivery_by_event;

alter index webhook_lane_unannounced rename to webhook_lane_dead_letter_outbox;

alter table webhook_cursor rename column resting to idle;

alter table webhook_partition rename column rest to scanned_offset;
