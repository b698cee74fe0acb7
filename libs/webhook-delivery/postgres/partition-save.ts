import type { Pool } from 'pg';
import { arrayColumns, arrayLiteral, isDatabaseOutage, prepared } from '#libs/postgres';
import { inTransaction } from '#libs/projections/postgres';
import type {
  CursorSave,
  OffsetRange,
  PartitionChanges,
  PartitionClaim,
  SavedCursor,
} from '../core/ports.js';
import { saveLanes } from './lane-save.js';

/** Updates no row for a former owner, or for a timed-out save that arrives after a later one. */
const TAKE = `
  update webhook_partition set scanned_offset = greatest(scanned_offset, $5), save_number = $4
  where topic = $1 and partition = $2 and owner = $3 and save_number < $4
  returning true`;

/** Only a rewind moves a cursor back. Any other older state is a mistake, and accepting it would repeat deliveries. */
const KEEP_CURSORS = `
  on conflict (feed_id, topic, partition) do update set watermark = excluded.watermark,
    finished = excluded.finished, previous_event_id = excluded.previous_event_id, idle = excluded.idle,
    rules_revision = excluded.rules_revision, generation = excluded.generation
  where (kept.generation, kept.watermark) <= (excluded.generation, excluded.watermark)`;

const CURSORS = `
  insert into webhook_cursor as kept
    (topic, partition, feed_id, watermark, finished, previous_event_id, idle, rules_revision, generation)
  select $1, $2, feed_id, watermark, finished::bigint[], previous_event_id, idle, rules_revision, generation
  from unnest($6::uuid[], $7::bigint[], $8::text[], $9::uuid[], $10::boolean[], $11::int[], $12::int[])
    as row (feed_id, watermark, finished, previous_event_id, idle, rules_revision, generation)
  where exists (select from taken)
  ${KEEP_CURSORS}`;

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

/**
 * Takes and moves as many partitions as it can lock at once ($1 to $5), with the cursors of each ($6 is its number). It
 * waits for no lock on a partition, or an operator's transaction in one would delay the saves of all.
 */
const SAVE_CURSORS = prepared(`
  with given as (
    select * from unnest($1::text[], $2::int[], $3::uuid[], $4::bigint[], $5::bigint[]) with ordinality
      as given (topic, partition, owner, save_number, scanned_offset, nth)
  ), owned as (
    select topic, partition, given.save_number, given.scanned_offset, nth
    from webhook_partition as kept join given using (topic, partition)
    where kept.owner = given.owner and kept.save_number < given.save_number
    for update of kept skip locked
  ), taken as (
    update webhook_partition as kept
    set scanned_offset = greatest(kept.scanned_offset, owned.scanned_offset), save_number = owned.save_number
    from owned where kept.topic = owned.topic and kept.partition = owned.partition
    returning kept.topic, kept.partition, nth
  ), moved as (
    insert into webhook_cursor as kept
      (topic, partition, feed_id, watermark, finished, previous_event_id, idle, rules_revision, generation)
    select topic, partition, feed_id, watermark, finished::bigint[], previous_event_id, idle, rules_revision, generation
    from unnest($6::int[], $7::uuid[], $8::bigint[], $9::text[], $10::uuid[], $11::boolean[], $12::int[], $13::int[])
      as row (nth, feed_id, watermark, finished, previous_event_id, idle, rules_revision, generation)
    join taken using (nth)
    ${KEEP_CURSORS}
  )
  select nth::int from taken`);

/** A number from 1 in the rows given to a statement. */
export interface Nth {
  readonly nth: number;
}

export const nthOf = <Given>(given: readonly Given[], rows: readonly Nth[]): Set<Given> =>
  new Set(rows.flatMap(({ nth }) => given.slice(nth - 1, nth)));

/**
 * Saves nothing when a value of any of them is refused, so that each partition is saved by itself and the fault harms only
 * its own.
 * @returns the claims whose partitions were saved
 */
export async function saveCursors(
  pool: Pool,
  saves: readonly CursorSave[],
): Promise<ReadonlySet<PartitionClaim>> {
  const claims = saves.map(({ claim }) => claim);
  const changes = saves.map((save) => save.changes);
  try {
    const { rows } = await pool.query<Nth>(
      SAVE_CURSORS([
        claims.map(({ topic }) => topic),
        ...arrayColumns(claims, 'partition', 'owner'),
        ...arrayColumns(changes, 'number', 'scannedOffset'),
        arrayLiteral(changes.flatMap(({ cursors }, index) => Array<number>(cursors.size).fill(index + 1))),
        ...cursorColumns(changes.flatMap(({ cursors }) => [...cursors])),
      ]),
    );
    return nthOf(claims, rows);
  } catch (error) {
    if (isDatabaseOutage(error)) throw error;
    return new Set();
  }
}

/** @returns `false`, with nothing written, when another dispatcher owns the partition */
export async function savePartition(
  pool: Pool,
  claim: PartitionClaim,
  changes: PartitionChanges,
): Promise<boolean> {
  const { parked, delivered, detached, lanes, pinned } = changes;
  const take = [claim.topic, claim.partition, claim.owner, changes.number, changes.scannedOffset];
  const takeAndMove = [...take, ...cursorColumns([...changes.cursors])];
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

function cursorColumns(cursors: readonly (readonly [feedId: string, cursor: SavedCursor])[]): unknown[] {
  const kept = cursors.map(([, cursor]) => cursor);
  return [
    arrayLiteral(cursors.map(([feedId]) => feedId)),
    ...arrayColumns(kept, 'watermark'),
    finishedColumn(kept),
    ...arrayColumns(kept, 'previousEventId', 'idle', 'rulesRevision', 'generation'),
  ];
}

export interface SavedCursorRow {
  readonly watermark: string;
  readonly finished: readonly string[];
  readonly previousEventId: string | null;
  readonly idle: boolean;
  readonly rulesRevision: number;
  readonly generation: number;
}

export const toSavedCursor = ({ watermark, finished, ...row }: SavedCursorRow): SavedCursor => ({
  ...row,
  watermark: Number(watermark),
  finished: toRanges(finished.map(Number)),
});

const toRanges = (bounds: readonly number[]): OffsetRange[] =>
  bounds.flatMap((from, index) => {
    const to = bounds[index + 1];
    return index % 2 === 0 && to !== undefined ? [{ from, to }] : [];
  });

/** Passes each array as text to cast to `bigint[]`, because `unnest` would flatten nested arrays. */
const finishedColumn = (cursors: readonly SavedCursor[]): string =>
  arrayLiteral(
    cursors.map(({ finished }) => `"${arrayLiteral(finished.flatMap(({ from, to }) => [from, to]))}"`),
  );
