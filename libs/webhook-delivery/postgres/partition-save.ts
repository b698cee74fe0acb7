import type { Pool } from 'pg';
import type {
  BlockedLane,
  ParkedDelivery,
  PartitionChanges,
  PartitionClaim,
  SavedCursor,
} from '../core/ports.js';
import { arrayLiteral, prepared, withoutNul } from '#libs/postgres';
import { inTransaction, type PostgresTransaction } from '#libs/projections/postgres';
import { AFTER_ROWS_LEFT, DETACH, PARK, LANES, DELETE_DELIVERED } from './lane-statements.js';
import { finishedColumn } from './saved-cursor-row.js';

/** Updates no row for a former owner, or for a timed-out save that arrives after a later one. */
const TAKE = `
  update webhook_partition set scanned_offset = greatest(scanned_offset, $5), save_number = $4
  where topic = $1 and partition = $2 and owner = $3 and save_number < $4
  returning true`;

/** Only a rewind moves a cursor back. Any other older state is a mistake, and accepting it would repeat deliveries. */
const CURSORS = `
  insert into webhook_cursor as kept
    (topic, partition, feed_id, watermark, finished, previous_event_id, idle, rules_revision, generation)
  select $1, $2, feed_id, watermark, finished::bigint[], previous_event_id, idle, rules_revision, generation
  from unnest($6::uuid[], $7::bigint[], $8::text[], $9::uuid[], $10::boolean[], $11::int[], $12::int[])
    as row (feed_id, watermark, finished, previous_event_id, idle, rules_revision, generation)
  where exists (select from taken)
  on conflict (feed_id, topic, partition) do update set watermark = excluded.watermark,
    finished = excluded.finished, previous_event_id = excluded.previous_event_id, idle = excluded.idle,
    rules_revision = excluded.rules_revision, generation = excluded.generation
  where (kept.generation, kept.watermark) <= (excluded.generation, excluded.watermark)`;

/** Runs after {@link TAKE}, so the cursors are pinned at the scanned offset of this save. */
const PIN = `
  update webhook_cursor as cursor set watermark = greatest(watermark, scanned_offset), idle = false
  from webhook_partition as owned
  where owned.topic = $1 and owned.partition = $2 and cursor.topic = $1 and cursor.partition = $2 and idle
    and feed_id = any($3::uuid[])`;

/** Most saves move cursors only, which one statement does in one round trip. */
const TAKE_AND_MOVE = prepared(`
  with taken as (${TAKE}), moved as (${CURSORS})
  select from taken`);

/** @returns `false`, with nothing written, when another dispatcher owns the partition */
export async function savePartition(
  pool: Pool,
  claim: PartitionClaim,
  changes: PartitionChanges,
): Promise<boolean> {
  const { parked, delivered, detached, lanes, pinned } = changes;
  const take = [claim.topic, claim.partition, claim.owner, changes.number, changes.scannedOffset];
  const takeAndMove = [...take, ...cursorColumns(changes.cursors)];
  if (parked.length + delivered.length + detached.length + lanes.length + pinned.length === 0) {
    const { rowCount } = await pool.query(TAKE_AND_MOVE(takeAndMove));
    return rowCount === 1;
  }
  return inTransaction(pool, '', async (transaction) => {
    const { rowCount } = await transaction.query(TAKE, take);
    if (rowCount !== 1) return false;
    // Lanes come before the cursors, whose former state shows which rows are repeated.
    await saveLanes(transaction, claim, changes);
    if (pinned.length > 0) await transaction.query(PIN, [claim.topic, claim.partition, arrayLiteral(pinned)]);
    if (changes.cursors.size > 0) await transaction.query(MOVE, takeAndMove);
    return true;
  });
}

/** Runs after {@link TAKE}, in its transaction. */
const MOVE = `with taken as (select $3::uuid, $4::bigint, $5::bigint) ${CURSORS}`;

async function saveLanes(
  transaction: PostgresTransaction,
  { topic, partition }: PartitionClaim,
  { parked, delivered, detached, lanes, cursors }: PartitionChanges,
): Promise<void> {
  const place = [topic, partition];
  if (parked.length > 0) {
    await transaction.query(PARK, [
      ...place,
      arrayLiteral(parked.map(({ feedId }) => feedId)),
      arrayLiteral(parked.map(({ offset }) => offset)),
      parked.map(({ lane }) => withoutNul(lane)),
      arrayLiteral(parked.map(({ eventId }) => eventId)),
      parked.map(({ eventType }) => withoutNul(eventType)),
      arrayLiteral(parked.map(({ previousEventId }) => previousEventId)),
      arrayLiteral(parked.map(({ feedId }) => cursors.get(feedId)?.generation ?? 0)),
    ]);
  }
  const left: LeftLane[] = [];
  if (delivered.length > 0) {
    const { rows } = await transaction.query<LaneRow>(DELETE_DELIVERED, [...place, ...rowColumns(delivered)]);
    left.push(...rows.map((row) => ({ ...row, delivered: true })));
  }
  if (detached.length > 0) {
    const { rows } = await transaction.query<LaneRow>(DETACH, [
      ...place,
      ...rowColumns(detached),
      detached.map(({ lane }) => withoutNul(lane)),
      detached.map(({ newLane }) => withoutNul(newLane)),
    ]);
    left.push(...rows.map((row) => ({ ...row, delivered: false })));
  }
  if (left.length > 0) await transaction.query(AFTER_ROWS_LEFT, [...place, ...leftColumns(left), false]);
  if (lanes.length > 0) await transaction.query(LANES, [...place, ...laneColumns(lanes)]);
}

interface LaneRow {
  readonly feedId: string;
  readonly lane: string;
}

/** A lane that lost a row. */
export interface LeftLane extends LaneRow {
  readonly delivered: boolean;
}

export const leftColumns = (lanes: readonly LeftLane[]): unknown[] => [
  arrayLiteral(lanes.map(({ feedId }) => feedId)),
  lanes.map(({ lane }) => lane),
  arrayLiteral(lanes.map(({ delivered }) => delivered)),
];

const rowColumns = (rows: readonly Pick<ParkedDelivery, 'feedId' | 'offset'>[]): unknown[] => [
  arrayLiteral(rows.map(({ feedId }) => feedId)),
  arrayLiteral(rows.map(({ offset }) => offset)),
];

const laneColumns = (lanes: readonly BlockedLane[]): unknown[] => [
  arrayLiteral(lanes.map(({ feedId }) => feedId)),
  lanes.map(({ lane }) => withoutNul(lane)),
  arrayLiteral(lanes.map(({ subscriptionId }) => subscriptionId)),
  arrayLiteral(lanes.map(({ attempts }) => attempts)),
  arrayLiteral(lanes.map(({ retryAt }) => (retryAt === null ? null : new Date(retryAt).toISOString()))),
  lanes.map(({ lastError }) => (lastError === null ? null : withoutNul(lastError))),
  arrayLiteral(lanes.map(({ endpointRevision }) => endpointRevision)),
];

function cursorColumns(cursors: ReadonlyMap<string, SavedCursor>): unknown[] {
  const kept = [...cursors.values()];
  return [
    arrayLiteral(cursors.keys()),
    arrayLiteral(kept.map(({ watermark }) => watermark)),
    finishedColumn(kept),
    arrayLiteral(kept.map(({ previousEventId }) => previousEventId)),
    arrayLiteral(kept.map(({ idle }) => idle)),
    arrayLiteral(kept.map(({ rulesRevision }) => rulesRevision)),
    arrayLiteral(kept.map(({ generation }) => generation)),
  ];
}
