import { topicPartitionKey } from '#libs/kernel';
import { Inject, Injectable } from '@nestjs/common';
import type {
  BlockedLane,
  CursorSave,
  DispatchStore,
  DueBounds,
  FoundCursor,
  ParkedDelivery,
  PartitionChanges,
  PartitionClaim,
} from '../core/ports.js';
import {
  arrayColumns,
  arrayLiteral,
  type PooledPrisma,
  prepared,
  PrismaService,
  withoutNul,
} from '#libs/postgres';
import { inFeedOfRow, withRows } from './given-rows.js';
import { MAKE_DUE } from './lane-save.js';
import {
  type Nth,
  nthOf,
  type SavedCursorRow,
  saveCursors,
  savePartition,
  toSavedCursor,
} from './partition-save.js';

/** A claim repeated after a lost answer keeps the save number, so that a late save is still recognised. */
const CLAIM = `
  insert into webhook_partition as owned (topic, partition, owner, scanned_offset, save_number) values ($1, $2, $3, $4, 0)
  on conflict (topic, partition) do update
  set owner = excluded.owner, save_number = case owned.owner when excluded.owner then owned.save_number else 0 end
  returning scanned_offset as "scannedOffset"`;

const PIN_OTHERS = `
  with owned as (
    select topic, partition, scanned_offset from webhook_partition where topic = $1 and partition = $2 and owner = $3 for update
  )
  update webhook_cursor as cursor set watermark = greatest(watermark, scanned_offset), idle = false
  from owned
  where cursor.topic = owned.topic and cursor.partition = owned.partition and idle
    and not exists (select from unnest($4::uuid[]) as served (id) where served.id = feed_id)`;

/** One statement for cursors and lanes, and so one snapshot. */
const CURSORS = `
  select row.feed_id as "feedId", case when idle then greatest(watermark, scanned_offset) else watermark end as watermark,
    finished, previous_event_id as "previousEventId", idle, cursor.rules_revision as "rulesRevision", generation,
    exists (select from webhook_lane as lane where ${inFeedOfRow('lane')}) as "hasBlockedLanes"
  from row left join webhook_cursor as cursor on ${inFeedOfRow('cursor')}
  cross join (select scanned_offset from webhook_partition where topic = $1 and partition = $2) as owned`;

const ACTIVE_CURSORS = `
  ${withRows('unnest($3::uuid[], $4::int[]) as feeds (feed_id, rules_revision)')}
  ${CURSORS}
  where idle is not true or cursor.rules_revision <> row.rules_revision`;

const CURSORS_OF = `
  ${withRows('unnest($3::uuid[]) as feeds (feed_id)')}
  ${CURSORS}
  where cursor.feed_id is not null`;

const BLOCKED_AMONG = `
  select lane from webhook_lane where feed_id = $3 and topic = $1 and partition = $2 and lane = any($4::text[])`;

/**
 * Whether there is any, by one look at the index for each partition. Without the order, the planner may expect many rows
 * and read the table until it comes across one.
 */
const WITH_RETRIES = prepared(`
  select nth::int from unnest($1::text[], $2::int[]) with ordinality as place (topic, partition, nth)
  cross join lateral (
    select from webhook_lane as lane
    where lane.topic = place.topic and lane.partition = place.partition and retry_at is not null
    order by feed_id limit 1
  ) as retried`);

/** Skips from feed to feed by the index, so that a feed with many blocked lanes costs the others nothing. */
const DUE = `
  with recursive feed (id) as (
    (
      select feed_id from webhook_lane where topic = $1 and partition = $2 and retry_at is not null
      order by feed_id limit 1
    )
    union all
    select (
      select feed_id from webhook_lane
      where topic = $1 and partition = $2 and retry_at is not null and feed_id > feed.id
      order by feed_id limit 1
    ) from feed where id is not null
  )
  select due.*, (
    select min(parked."offset") from webhook_parked_delivery as parked
    where parked.feed_id = due."feedId" and parked.topic = $1 and parked.partition = $2 and parked.lane = due.lane
  ) as "offset"
  from (select id from feed except select unnest($6::uuid[])) as feed cross join lateral (
    select feed_id as "feedId", subscription_id as "subscriptionId", lane, attempts, retry_at as "retryAt",
      last_error as "lastError", endpoint_revision as "endpointRevision"
    from webhook_lane where topic = $1 and partition = $2 and feed_id = feed.id and retry_at <= $3::timestamptz
    order by retry_at, lane limit $4
  ) as due
  order by "retryAt", "feedId", lane limit $5`;

const DELIVERIES = `
  select "offset", event_id as "eventId", event_type as "eventType", previous_event_id as "previousEventId"
  from webhook_parked_delivery where feed_id = $3 and topic = $1 and partition = $2 and lane = $4
  order by "offset" limit $5`;

interface FoundRow extends SavedCursorRow {
  readonly feedId: string;
  readonly hasBlockedLanes: boolean;
}

const toFoundCursor = ({ feedId: _, hasBlockedLanes, ...row }: FoundRow): FoundCursor => ({
  cursor: toSavedCursor(row),
  hasBlockedLanes,
});

type DueRow = Omit<BlockedLane, 'retryAt' | 'offset'> & { readonly retryAt: Date; readonly offset: string };

type DeliveryRow = Pick<ParkedDelivery, 'eventId' | 'eventType' | 'previousEventId'> & {
  readonly offset: string;
};

/**
 * Cursors, lanes and parked deliveries in Postgres. Reads are valid while the claim is, which only a save checks.
 */
@Injectable()
export class PostgresDispatchStore implements DispatchStore {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Waits for a save in progress, which is then either visible in full or refused. */
  async claim(claim: PartitionClaim, end: number): Promise<number> {
    const [row] = await this.#rows<{ scannedOffset: string }>(CLAIM, claim, claim.owner, end);
    if (!row) throw new Error(`${topicPartitionKey(claim)} was not claimed`);
    return Number(row.scannedOffset);
  }

  async activeCursors(
    claim: PartitionClaim,
    revisions: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, FoundCursor | null>> {
    const rows = await this.#rows<FoundRow | { readonly feedId: string; readonly watermark: null }>(
      ACTIVE_CURSORS,
      claim,
      arrayLiteral(revisions.keys()),
      arrayLiteral(revisions.values()),
    );
    return new Map(rows.map((row) => [row.feedId, row.watermark === null ? null : toFoundCursor(row)]));
  }

  async cursorsOf(
    claim: PartitionClaim,
    feedIds: readonly string[],
  ): Promise<ReadonlyMap<string, FoundCursor>> {
    const rows = await this.#rows<FoundRow>(CURSORS_OF, claim, arrayLiteral(feedIds));
    return new Map(rows.map((row) => [row.feedId, toFoundCursor(row)]));
  }

  /** Does nothing when the claim has been superseded; the next save reports that. */
  async pinOthers(claim: PartitionClaim, served: readonly string[]): Promise<void> {
    await this.#rows(PIN_OTHERS, claim, claim.owner, arrayLiteral(served));
  }

  save(claim: PartitionClaim, changes: PartitionChanges): Promise<boolean> {
    return savePartition(this.prisma.pool, claim, changes);
  }

  saveCursors(saves: readonly CursorSave[]): Promise<ReadonlySet<PartitionClaim>> {
    return saveCursors(this.prisma.pool, saves);
  }

  async blockedAmong(
    claim: PartitionClaim,
    feedId: string,
    lanes: readonly string[],
  ): Promise<ReadonlySet<string>> {
    const rows = await this.#rows<{ lane: string }>(BLOCKED_AMONG, claim, feedId, lanes.map(withoutNul));
    const blocked = new Set(rows.map(({ lane }) => lane));
    return new Set(lanes.filter((lane) => blocked.has(withoutNul(lane))));
  }

  async makeLanesDue(claim: PartitionClaim, endpointRevisions: ReadonlyMap<string, number>): Promise<void> {
    const feedIds = arrayLiteral(endpointRevisions.keys());
    await this.#rows(MAKE_DUE, claim, feedIds, arrayLiteral(endpointRevisions.values()), claim.owner);
  }

  async withRetries(claims: readonly PartitionClaim[]): Promise<ReadonlySet<PartitionClaim>> {
    const places = [claims.map(({ topic }) => topic), ...arrayColumns(claims, 'partition')];
    const { rows } = await this.prisma.pool.query<Nth>(WITH_RETRIES(places));
    return nthOf(claims, rows);
  }

  async dueLanes(
    claim: PartitionClaim,
    now: number,
    { perFeed, limit, except }: DueBounds,
  ): Promise<readonly BlockedLane[]> {
    const time = new Date(now).toISOString();
    const rows = await this.#rows<DueRow>(DUE, claim, time, perFeed, limit, arrayLiteral(except));
    return rows.map((row) => ({ ...row, retryAt: row.retryAt.getTime(), offset: Number(row.offset) }));
  }

  async parkedDeliveries(
    claim: PartitionClaim,
    feedId: string,
    lane: string,
    limit: number,
  ): Promise<readonly ParkedDelivery[]> {
    const rows = await this.#rows<DeliveryRow>(DELIVERIES, claim, feedId, withoutNul(lane), limit);
    return rows.map((row) => ({ ...row, feedId, lane, offset: Number(row.offset) }));
  }

  async #rows<Row extends object>(
    statement: string,
    { topic, partition }: PartitionClaim,
    ...values: readonly unknown[]
  ): Promise<Row[]> {
    const { rows } = await this.prisma.pool.query<Row>(statement, [topic, partition, ...values]);
    return rows;
  }
}
