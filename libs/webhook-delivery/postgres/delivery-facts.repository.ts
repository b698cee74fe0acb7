import { Inject, Injectable } from '@nestjs/common';
import type { RecordedEvent } from '#libs/kernel';
import { type PooledPrisma, PrismaService, withoutNul } from '#libs/postgres';
import type { AttemptFacts, DeliveryFacts, LaneFacts, LoggedFacts } from '../core/explain/delivery-facts.js';
import { laneNameOf } from '../core/lanes/feed-lanes.js';
import { REDRIVEN } from './dead-letter.repository.js';
import { type SavedCursorRow, toSavedCursor } from './partition-save.js';

/** One statement, and so one snapshot: a save in between could move the delivery from one table to another. */
const STATE = `
  select case when idle then greatest(watermark, scanned_offset) else watermark end as watermark, finished,
    cursor.previous_event_id as "previousEventId", idle, rules_revision as "rulesRevision", generation,
    parked.lane is not null as "isParked", skipped_at as "skippedAt",
    lane.lane, attempts, retry_at as "retryAt", last_error as "lastError", failing_since as "failingSince",
    lane.parked_at as "deadSince", front."offset", front.event_id as "eventId", front.event_type as "eventType"
  from (select $1::uuid as feed_id, $2::text as topic, $3::int as partition, $4::bigint as "offset") as asked
  left join webhook_partition as place on place.topic = asked.topic and place.partition = asked.partition
  left join webhook_cursor as cursor on cursor.feed_id = asked.feed_id and cursor.topic = asked.topic
    and cursor.partition = asked.partition
  left join webhook_parked_delivery as parked on parked.feed_id = asked.feed_id and parked.topic = asked.topic
    and parked.partition = asked.partition and parked."offset" = asked."offset"
  left join webhook_lane as lane on lane.feed_id = asked.feed_id and lane.topic = asked.topic
    and lane.partition = asked.partition and lane.lane = coalesce(parked.lane, $5::text)
  left join lateral (
    select "offset", event_id, event_type from webhook_parked_delivery as first
    where first.feed_id = lane.feed_id and first.topic = lane.topic and first.partition = lane.partition
      and first.lane = lane.lane
    order by "offset" limit 1
  ) as front on true
  left join webhook_skip as skip on skip.feed_id = asked.feed_id and skip.topic = asked.topic
    and skip.partition = asked.partition and skip."offset" = asked."offset"`;

const ATTEMPT = `
  select started_at as at, attempt, status_code as "statusCode", reason || coalesce(' ' || status_code, '') as error
  from webhook_attempt where subscription_id = $1 and event_id = $2 and feed_id = $1`;

const MOST_REPLAYS = 100;

const LOG = `
  select (
    select to_jsonb(logged) from (
      ${ATTEMPT} and outcome = 'delivered' order by started_at desc limit 1
    ) as logged
  ) as delivered, (
    select to_jsonb(logged) from (
      ${ATTEMPT} and outcome not in ('delivered', '${REDRIVEN}') order by started_at desc limit 1
    ) as logged
  ) as "lastFailed", array(
    select distinct replay_id from webhook_attempt
    where subscription_id = $1 and event_id = $2 and replay_id is not null and outcome = 'delivered'
    order by replay_id limit ${MOST_REPLAYS}
  )::text[] as replays`;

type StateRow = {
  readonly [Name in keyof SavedCursorRow]: SavedCursorRow[Name] | null;
} & {
  readonly isParked: boolean;
  readonly skippedAt: Date | null;
  readonly lane: string | null;
  readonly attempts: number | null;
  readonly retryAt: Date | null;
  readonly lastError: string | null;
  readonly failingSince: Date | null;
  readonly deadSince: Date | null;
  readonly offset: string | null;
  readonly eventId: string | null;
  readonly eventType: string | null;
};

interface LogRow {
  readonly delivered: AttemptFacts | null;
  readonly lastFailed: AttemptFacts | null;
  readonly replays: readonly string[];
}

/** Reads what became of single deliveries. The caller checks which tenant owns the subscription. */
@Injectable()
export class DeliveryFactsRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  async find(
    subscription: DeliveryFacts['subscription'],
    event: RecordedEvent,
  ): Promise<Omit<DeliveryFacts, 'event' | 'subscription'>> {
    const { subscriptionId } = subscription;
    const { topic, partition, offset } = event.position;
    const lane = withoutNul(laneNameOf(subscription, event.metadata));
    const { pool } = this.prisma;
    // The log first: a delivery that ends in between is then explained by the newer tables.
    const logged = await pool.query<LogRow>(LOG, [subscriptionId, event.metadata.eventId]);
    const state = await pool.query<StateRow>(STATE, [subscriptionId, topic, partition, offset, lane]);
    return { ...stateOf(state.rows[0]), log: logOf(logged.rows[0]) };
  }
}

function stateOf(row: StateRow | undefined): Omit<DeliveryFacts, 'event' | 'subscription' | 'log'> {
  return {
    cursor: row && row.watermark !== null ? toSavedCursor(row as SavedCursorRow) : null,
    isParked: row?.isParked ?? false,
    lane: row ? laneOfRow(row) : null,
    skippedAt: row?.skippedAt?.toISOString() ?? null,
  };
}

function laneOfRow(row: StateRow): LaneFacts | null {
  const { lane, attempts, offset, eventId, eventType } = row;
  if (lane === null || offset === null || eventId === null || eventType === null) return null;
  return {
    lane,
    attempts: attempts ?? 0,
    retryAt: row.retryAt?.toISOString() ?? null,
    lastError: row.lastError,
    failingSince: row.failingSince?.toISOString() ?? null,
    deadSince: row.deadSince?.toISOString() ?? null,
    front: { eventId, eventType, offset: Number(offset) },
  };
}

const logOf = (row: LogRow | undefined): LoggedFacts => ({
  delivered: attemptOf(row?.delivered),
  lastFailed: attemptOf(row?.lastFailed),
  replays: row?.replays ?? [],
});

/** JSON from Postgres has times with its own offset. */
const attemptOf = (attempt: AttemptFacts | null | undefined): AttemptFacts | null =>
  attempt ? { ...attempt, at: new Date(attempt.at).toISOString() } : null;
