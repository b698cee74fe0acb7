import { Inject, Injectable } from '@nestjs/common';
import type { AttemptReport } from '../core/ports.js';
import {
  EARLIEST_INSTANT,
  formatInstant,
  type Instant,
  LATEST_INSTANT,
  type TopicPartition,
} from '#libs/kernel';
import {
  arrayColumns,
  type FoundPage,
  mapPage,
  pageRows,
  type PooledPrisma,
  PrismaService,
} from '#libs/postgres';
import { REDRIVEN } from './dead-letter.repository.js';

/** `skipped`: by an operator. */
export const DELIVERY_STATUSES = ['delivered', 'retrying', 'dead-letter', 'skipped'] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export interface DeliveryAttempt {
  readonly attempt: number;
  readonly startedAt: Date;
  readonly durationMs: number;
  readonly outcome: AttemptReport['becomes'];
  readonly statusCode: number | null;
  readonly reason: string | null;
  readonly answer: string | null;
}

/** A delivery with the attempts that the log still has. */
export interface LoggedDelivery extends TopicPartition {
  readonly feedId: string;
  readonly replayId: string | null;
  readonly offset: number;
  readonly eventId: string;
  readonly eventType: string;
  /** The number of events in the request; this one is the first. */
  readonly events: number;
  readonly status: DeliveryStatus;
  /** Oldest first. */
  readonly attempts: readonly DeliveryAttempt[];
  /** The place of its last attempt, from which the next page starts. */
  readonly last: DeliveryPageEnd;
}

/** The next page starts after it. */
export interface DeliveryPageEnd {
  readonly startedAt: Instant;
  readonly attemptId: string;
}

interface DeliveryFilter {
  readonly status?: DeliveryStatus | undefined;
  /** Start of the last attempt; `to` is exclusive. */
  readonly from?: Instant | undefined;
  readonly to?: Instant | undefined;
}

/** The saved cursor has finished the delivery: it was delivered, or was parked in `webhook_parked_delivery`. */
const IS_FINISHED = `
  last."offset" < case when idle then greatest(watermark, scanned_offset) else watermark end
    or width_bucket(last."offset", finished) % 2 = 1`;

/**
 * Joins to the last attempts of deliveries, named `last`, what tells their `status`: it follows from the last attempt or
 * redrive, and from the lane. Attempts and lanes are written independently, in either order. The cursor therefore tells a
 * dead letter whose row is not written yet from a skipped one, and the mark in the log identifies a redriven one.
 */
export const DELIVERY_STATE = `
  left join webhook_parked_delivery as parked on parked.feed_id = last.feed_id and parked.topic = last.topic
    and parked.partition = last.partition and parked."offset" = last."offset"
  left join webhook_lane as lane on lane.feed_id = parked.feed_id and lane.topic = parked.topic
    and lane.partition = parked.partition and lane.lane = parked.lane
  left join webhook_cursor as cursor on cursor.feed_id = last.feed_id and cursor.topic = last.topic
    and cursor.partition = last.partition
  left join webhook_partition as place on place.topic = last.topic and place.partition = last.partition
  left join webhook_replay as replay on replay.replay_id = last.replay_id
  cross join lateral (
    select case
      when outcome = 'delivered' or (outcome = '${REDRIVEN}' and lane.lane is null) then 'delivered'
      when outcome not in ('dead-letter', '${REDRIVEN}') or lane.retry_at is not null then 'retrying'
      when lane.lane is null and (${IS_FINISHED} or replay.state = 'cancelled') then 'skipped'
      else 'dead-letter'
    end
  ) as outcome_now (status)`;

/** A delivery is identified by feed and event. */
const PAGE = `
  select last.feed_id as "feedId", last.replay_id as "replayId", last.topic, last.partition, last."offset",
    last.event_id as "eventId", last.event_type as "eventType", started_at as "startedAt",
    attempt_id as "attemptId", status, case when outcome = '${REDRIVEN}' then (
      select coalesce(max(events), 1) from webhook_attempt as attempt
      where attempt.subscription_id = $1 and attempt.event_id = last.event_id and attempt.feed_id = last.feed_id
    ) else events end as events
  from webhook_attempt as last
  ${DELIVERY_STATE}
  where last.subscription_id = $1 and started_at >= $2::timestamptz and started_at < $3::timestamptz
    and ($4::timestamptz is null or (started_at, attempt_id) < ($4, $5::uuid))
    and ($6::text is null or status = $6)
    and not exists (
      select from webhook_attempt as later
      where later.subscription_id = $1 and later.event_id = last.event_id and later.feed_id = last.feed_id
        and (later.started_at, later.attempt_id) > (last.started_at, last.attempt_id)
    )`;

const ORDER = `order by started_at desc, attempt_id desc limit $7`;

/** Matches the partial index on failures, which are few. */
const IS_FAILURE = `and outcome <> 'delivered'`;

/** The newest attempts of one delivery. Repeated redrives could make any number of them. */
const NEWEST_ATTEMPTS = `
  from webhook_attempt as attempt
  where attempt.subscription_id = $1 and attempt.event_id = page."eventId" and attempt.feed_id = page."feedId"
    and attempt.outcome <> '${REDRIVEN}'
  order by attempt.started_at desc, attempt.attempt_id desc limit 200`;

/** Estimated size in the response, including field names and numbers. */
const BYTES = `
  300 + (select sum(150 + coalesce(octet_length(answer), 0) + coalesce(octet_length(reason), 0))
    from (select answer, reason ${NEWEST_ATTEMPTS}) as attempt)`;

const ATTEMPTS = `
  select page."feedId", page."eventId", attempt.* from unnest($2::uuid[], $3::uuid[]) as page ("feedId", "eventId")
  cross join lateral (
    select attempt, started_at as "startedAt", duration_ms as "durationMs", outcome, status_code as "statusCode",
      reason, answer, attempt_id as "attemptId"
    ${NEWEST_ATTEMPTS}
  ) as attempt
  order by "startedAt", "attemptId"`;

interface DeliveryRow extends Omit<LoggedDelivery, 'offset' | 'attempts' | 'last'> {
  readonly offset: string;
  readonly startedAt: Date;
  readonly attemptId: string;
}

type AttemptRow = DeliveryAttempt & {
  readonly feedId: string;
  readonly eventId: string;
  readonly attemptId: string;
};

/** Reads the delivery log. The caller checks which tenant owns the subscription. */
@Injectable()
export class DeliveryRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Returns deliveries of a subscription and its replays by their last attempt, newest first. */
  async findPage(
    subscriptionId: string,
    { status, from, to }: DeliveryFilter,
    limit: number,
    after: DeliveryPageEnd | undefined,
  ): Promise<FoundPage<LoggedDelivery>> {
    const isFailure = status !== undefined && status !== 'delivered';
    const found = await pageRows<DeliveryRow>(this.prisma.pool, {
      text: `${PAGE} ${isFailure ? IS_FAILURE : ''} ${ORDER}`,
      values: [
        subscriptionId,
        formatInstant(from ?? EARLIEST_INSTANT),
        formatInstant(to ?? LATEST_INSTANT),
        after ? formatInstant(after.startedAt) : null,
        after?.attemptId ?? null,
        status ?? null,
        limit + 1,
      ],
      limit,
      bytes: BYTES,
    });
    const attempts = await this.#attempts(subscriptionId, found.items);
    return mapPage(found, ({ startedAt, attemptId, ...row }) => ({
      ...row,
      offset: Number(row.offset),
      attempts: attempts.get(keyOf(row)) ?? [],
      last: { startedAt: startedAt.getTime() as Instant, attemptId },
    }));
  }

  async #attempts(
    subscriptionId: string,
    deliveries: readonly DeliveryRow[],
  ): Promise<Map<string, DeliveryAttempt[]>> {
    const { rows } = await this.prisma.pool.query<AttemptRow>(ATTEMPTS, [
      subscriptionId,
      ...arrayColumns(deliveries, 'feedId', 'eventId'),
    ]);
    const found = new Map<string, DeliveryAttempt[]>();
    for (const { feedId, eventId, attemptId: _, ...attempt } of rows) {
      const key = keyOf({ feedId, eventId });
      const known = found.get(key);
      if (known) known.push(attempt);
      else found.set(key, [attempt]);
    }
    return found;
  }
}

const keyOf = ({ feedId, eventId }: { feedId: string; eventId: string }): string => `${feedId} ${eventId}`;
