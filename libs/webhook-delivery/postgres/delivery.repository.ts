import { Inject, Injectable } from '@nestjs/common';
import { type Exchange, parseExchange } from '../core/exchange/exchange.js';
import type { AttemptReport } from '../core/ports.js';
import {
  EARLIEST_INSTANT,
  formatInstant,
  type Instant,
  LATEST_INSTANT,
  type Position,
  type TopicPartition,
} from '#libs/kernel';
import {
  arrayColumns,
  arrayLiteral,
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

/** An attempt with what it sent and was answered, where the log has that. */
export interface DetailedAttempt extends DeliveryAttempt {
  readonly exchange: Exchange | undefined;
}

export interface DetailedDelivery extends LoggedDelivery {
  readonly attempts: readonly DetailedAttempt[];
}

/** A page that may end before it is full. */
export interface DeliveryPage extends FoundPage<LoggedDelivery> {
  /** How far it has looked, if others may follow although it is not full. */
  readonly scannedTo: DeliveryPageEnd | undefined;
}

/** Where the event of a delivery is in the log. */
export interface DeliveredPosition extends Position {
  readonly eventType: string;
}

export interface DeliveryFilter {
  readonly status?: DeliveryStatus | undefined;
  /** Status code that the last attempt got; `none` for no answer. */
  readonly code?: number | 'none' | undefined;
  readonly eventType?: string | undefined;
  readonly eventIds?: readonly string[] | undefined;
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
 *
 * Subqueries with a limit of their own are looked up row by row, and only for rows that are read.
 */
export const DELIVERY_STATE = `
  left join lateral (
    select lane from webhook_parked_delivery as row
    where row.feed_id = last.feed_id and row.topic = last.topic and row.partition = last.partition
      and row."offset" = last."offset" limit 1
  ) as parked on true
  left join lateral (
    select lane, retry_at from webhook_lane as row
    where row.feed_id = last.feed_id and row.topic = last.topic and row.partition = last.partition
      and row.lane = parked.lane limit 1
  ) as lane on true
  left join lateral (
    select idle, watermark, finished from webhook_cursor as row
    where row.feed_id = last.feed_id and row.topic = last.topic and row.partition = last.partition limit 1
  ) as cursor on true
  left join lateral (
    select scanned_offset from webhook_partition as row
    where row.topic = last.topic and row.partition = last.partition limit 1
  ) as place on true
  left join lateral (
    select state from webhook_replay as row where row.replay_id = last.replay_id limit 1
  ) as replay on true
  cross join lateral (
    select case
      when outcome = 'delivered' or (outcome = '${REDRIVEN}' and lane.lane is null) then 'delivered'
      when outcome not in ('dead-letter', '${REDRIVEN}') or lane.retry_at is not null then 'retrying'
      when lane.lane is null and (${IS_FINISHED} or replay.state = 'cancelled') then 'skipped'
      else 'dead-letter'
    end
  ) as outcome_now (status)`;

/** Attempts that one page looks at. A page of a rare status may end with few items, or none, before it is the last. */
export const MOST_SCANNED = 10_000;

/** Newest first. The parameters are the subscription, the range of time, and where the page before ended. */
const attemptsWhere = (conditions: readonly string[]): string => `
  from webhook_attempt
  where subscription_id = $1 and started_at >= $2::timestamptz and started_at < $3::timestamptz
    and ($4::timestamptz is null or (started_at, attempt_id) < ($4, $5::uuid))
    ${conditions.map((condition) => `and ${condition}`).join(' ')}
  order by started_at desc, attempt_id desc`;

/**
 * A delivery is identified by feed and event.
 *
 * The planner cannot know how many deliveries have a status, and would read, join and sort all of a subscription for one
 * page. So the log is walked in the order of its index: a limit whose value is not known yet makes that the cheaper way, and
 * the states are looked up row by row, until the page is full or enough was looked at. Days before an attempt have no later
 * one, and are left out by its time.
 */
const page = (conditions: readonly string[], status: string, limit: string): string => `
  select last.feed_id as "feedId", last.replay_id as "replayId", last.topic, last.partition, last."offset",
    last.event_id as "eventId", last.event_type as "eventType", started_at as "startedAt",
    attempt_id as "attemptId", status, case when outcome = '${REDRIVEN}' then (
      select coalesce(max(events), 1) from webhook_attempt as attempt
      where attempt.subscription_id = $1 and attempt.event_id = last.event_id and attempt.feed_id = last.feed_id
    ) else events end as events
  from (
    select feed_id, replay_id, topic, partition, "offset", event_id, event_type, events, started_at, attempt_id, outcome
    ${attemptsWhere(conditions)} limit (select ${MOST_SCANNED})
  ) as last
  ${DELIVERY_STATE}
  where (${status}::text is null or status = ${status})
    and not exists (
      select from webhook_attempt as later
      where later.subscription_id = $1 and later.event_id = last.event_id and later.feed_id = last.feed_id
        and later.started_at >= last.started_at
        and (later.started_at, later.attempt_id) > (last.started_at, last.attempt_id)
      offset 0
    )
  order by started_at desc, attempt_id desc limit ${limit}`;

/** The last attempt that a page looks at, if there are as many. */
const scanEnd = (conditions: readonly string[]): string => `
  select started_at as "startedAt", attempt_id as "attemptId" ${attemptsWhere(conditions)} limit 1 offset ${MOST_SCANNED - 1}`;

/** These match the partial indexes on attempts that failed, and on those of dead letters, which are few. */
const IS_FAILURE = `outcome <> 'delivered'`;
const IS_LAST = `outcome in ('dead-letter', '${REDRIVEN}')`;

/** The newest attempts of one delivery. Repeated redrives could make any number of them. */
const NEWEST_ATTEMPTS = `
  from webhook_attempt as attempt
  where attempt.subscription_id = $1 and attempt.event_id = page."eventId" and attempt.feed_id = page."feedId"
    and attempt.outcome <> '${REDRIVEN}'
  order by attempt.started_at desc, attempt.attempt_id desc limit 200`;

/** Estimated size in the response, including field names and numbers. */
const bytesOf = (lengths: readonly string[], each: number): string => `
  300 + (select sum(${each}${lengths.map((column) => ` + coalesce(octet_length(${column}), 0)`).join('')})
    from (select ${lengths.join(', ')} ${NEWEST_ATTEMPTS}) as attempt)`;
const BYTES = bytesOf(['answer', 'reason'], 150);
/** The headers of the request are made anew, and take up to 1 KB. */
const DETAILED_BYTES = bytesOf(['answer', 'reason', 'exchange'], 1_200);

const EVENT = `
  select topic, partition, "offset", event_type as "eventType" from webhook_attempt
  where subscription_id = $1 and event_id = $2
  union all
  select topic, partition, "offset", event_type from webhook_parked_delivery where feed_id = $1 and event_id = $2
  limit 1`;

const attemptsWith = (columns: string): string => `
  select page."feedId", page."eventId", attempt.* from unnest($2::uuid[], $3::uuid[]) as page ("feedId", "eventId")
  cross join lateral (
    select attempt, started_at as "startedAt", duration_ms as "durationMs", outcome, status_code as "statusCode",
      reason, answer, attempt_id as "attemptId"${columns}
    ${NEWEST_ATTEMPTS}
  ) as attempt
  order by "startedAt", "attemptId"`;
const ATTEMPTS = attemptsWith('');
const DETAILED_ATTEMPTS = attemptsWith(', exchange');

interface DeliveryRow extends Omit<LoggedDelivery, 'offset' | 'attempts' | 'last'> {
  readonly offset: string;
  readonly startedAt: Date;
  readonly attemptId: string;
}

type DetailedRow = DeliveryAttempt & { readonly exchange: string | null };

type AttemptRow<Attempt> = Attempt & {
  readonly feedId: string;
  readonly eventId: string;
  readonly attemptId: string;
};

/** Reads the delivery log. The caller checks which tenant owns the subscription. */
@Injectable()
export class DeliveryRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /**
   * Returns deliveries of a subscription and its replays by their last attempt, newest first. What it looks at is bounded,
   * however few of them match.
   */
  async findPage(
    subscriptionId: string,
    filter: DeliveryFilter,
    limit: number,
    after: DeliveryPageEnd | undefined,
  ): Promise<DeliveryPage> {
    const found = await this.#rows(subscriptionId, filter, limit, after, BYTES);
    const attempts = await this.#attempts<DeliveryAttempt>(ATTEMPTS, subscriptionId, found.items);
    return {
      ...mapPage(found, (row) => ({ ...deliveryOf(row), attempts: attempts.get(keyOf(row)) ?? [] })),
      scannedTo: found.hasMore ? undefined : await this.#scanEnd(subscriptionId, filter, after),
    };
  }

  /** Returns the deliveries of one event, also by replays, as {@link findPage} does, with details. */
  async findOfEvent(
    subscriptionId: string,
    eventId: string,
    limit: number,
    after: DeliveryPageEnd | undefined,
  ): Promise<FoundPage<DetailedDelivery>> {
    const found = await this.#rows(subscriptionId, { eventIds: [eventId] }, limit, after, DETAILED_BYTES);
    const attempts = await this.#attempts<DetailedRow>(DETAILED_ATTEMPTS, subscriptionId, found.items);
    return mapPage(found, (row) => ({
      ...deliveryOf(row),
      attempts: (attempts.get(keyOf(row)) ?? []).map(({ exchange, ...attempt }) => ({
        ...attempt,
        exchange: exchange === null ? undefined : parseExchange(exchange, Number(row.offset)),
      })),
    }));
  }

  /** Finds an event that was delivered, or waits for that. In a batch, only the first event is known. */
  async findEvent(subscriptionId: string, eventId: string): Promise<DeliveredPosition | undefined> {
    const { rows } = await this.prisma.pool.query<Omit<DeliveredPosition, 'offset'> & { offset: string }>(
      EVENT,
      [subscriptionId, eventId],
    );
    const [row] = rows;
    return row && { ...row, offset: Number(row.offset) };
  }

  #rows(
    subscriptionId: string,
    filter: DeliveryFilter,
    limit: number,
    after: DeliveryPageEnd | undefined,
    bytes: string,
  ): Promise<FoundPage<DeliveryRow>> {
    const values = valuesOf(subscriptionId, filter, after);
    const parameter = (value: unknown) => `$${values.push(value)}`;
    const conditions = conditionsOf(filter, parameter);
    const text = page(conditions, parameter(filter.status ?? null), parameter(limit + 1));
    return pageRows<DeliveryRow>(this.prisma.pool, { text, values, limit, bytes });
  }

  async #scanEnd(
    subscriptionId: string,
    filter: DeliveryFilter,
    after: DeliveryPageEnd | undefined,
  ): Promise<DeliveryPageEnd | undefined> {
    const values = valuesOf(subscriptionId, filter, after);
    const conditions = conditionsOf(filter, (value) => `$${values.push(value)}`);
    const { rows } = await this.prisma.pool.query<Pick<DeliveryRow, 'startedAt' | 'attemptId'>>(
      scanEnd(conditions),
      values,
    );
    return rows[0] && placeOf(rows[0]);
  }

  async #attempts<Attempt>(
    text: string,
    subscriptionId: string,
    deliveries: readonly DeliveryRow[],
  ): Promise<Map<string, Attempt[]>> {
    const { rows } = await this.prisma.pool.query<AttemptRow<Attempt>>(text, [
      subscriptionId,
      ...arrayColumns(deliveries, 'feedId', 'eventId'),
    ]);
    const found = new Map<string, Attempt[]>();
    for (const { feedId, eventId, attemptId: _, ...attempt } of rows) {
      const key = keyOf({ feedId, eventId });
      const known = found.get(key);
      if (known) known.push(attempt as Attempt);
      else found.set(key, [attempt as Attempt]);
    }
    return found;
  }
}

/** The values of {@link attemptsWhere}. */
const valuesOf = (
  subscriptionId: string,
  { from = EARLIEST_INSTANT, to = LATEST_INSTANT }: DeliveryFilter,
  after: DeliveryPageEnd | undefined,
): unknown[] => [
  subscriptionId,
  formatInstant(from),
  formatInstant(to),
  after ? formatInstant(after.startedAt) : null,
  after?.attemptId ?? null,
];

/**
 * The conditions of a filter that the indexes know.
 * @param parameter adds a value and returns its name
 */
function conditionsOf(
  { status, code, eventType, eventIds }: DeliveryFilter,
  parameter: (value: unknown) => string,
): string[] {
  const isSuccess = status === 'delivered' || (typeof code === 'number' && code >= 200 && code < 300);
  return [
    ...((status !== undefined || code !== undefined) && !isSuccess ? [IS_FAILURE] : []),
    ...(status === 'delivered' ? [`outcome in ('delivered', '${REDRIVEN}')`] : []),
    ...(status === 'dead-letter' || status === 'skipped' ? [IS_LAST] : []),
    ...(typeof code === 'number' ? [`status_code = ${parameter(code)}`] : []),
    // A redrive is in the log without an answer, and is no attempt.
    ...(code === 'none' ? [`status_code is null and outcome <> '${REDRIVEN}'`] : []),
    ...(eventType === undefined ? [] : [`event_type = ${parameter(eventType)}`]),
    ...(eventIds ? [`event_id = any(${parameter(arrayLiteral(eventIds))}::uuid[])`] : []),
  ];
}

const deliveryOf = ({ startedAt, attemptId, ...row }: DeliveryRow) => ({
  ...row,
  offset: Number(row.offset),
  last: placeOf({ startedAt, attemptId }),
});

const placeOf = ({
  startedAt,
  attemptId,
}: Pick<DeliveryRow, 'startedAt' | 'attemptId'>): DeliveryPageEnd => ({
  startedAt: startedAt.getTime() as Instant,
  attemptId,
});

const keyOf = ({ feedId, eventId }: { feedId: string; eventId: string }): string => `${feedId} ${eventId}`;
