import type { Pool } from 'pg';
import { arrayColumns, arrayLiteral, isDatabaseOutage, prepared, withoutNul } from '#libs/postgres';
import { inTransaction, type PostgresTransaction } from '#libs/projections/postgres';
import type {
  BlockedLane,
  CursorSave,
  OffsetRange,
  PartitionChanges,
  PartitionClaim,
  SavedCursor,
} from '../core/ports.js';

/**
 * Begins a statement on the given rows in the given partition ($1, $2). With the partition as plain parameters, and a table
 * that has grown since it was last analysed, the planner expects one matching row and picks a nested loop over all
 * rows. It cannot see through `materialized`, so it uses a hash or an index.
 */
export const withRows = (unnested: string): string => `
  with place as materialized (select $1::text as topic, $2::int as partition),
  row as (select * from ${unnested} cross join place)`;

/** Joins `table` to the row by feed and partition. */
export const inFeedOfRow = (table: string): string =>
  `${table}.feed_id = row.feed_id and ${table}.topic = row.topic and ${table}.partition = row.partition`;

export const inLaneOfRow = (table: string): string => `${inFeedOfRow(table)} and ${table}.lane = row.lane`;

/*
 * How a save changes the lanes of a partition. Saves, redrives and skips all lock the partition's row first, so they run
 * one after another and each sees the effects of the others. One case remains: after a lost answer a dispatcher writes the
 * same changes again as part of a later save, and an operator may have released a dead letter in between.
 *
 * - A parked row that is repeated after it was skipped is recognised by the cursor, where the first save finished its
 *   offset, and is not inserted. A cursor from before a rewind does not count for rows that come with the rewind.
 * - A lane that is repeated as a dead letter after its release is recognised by its attempts, which equal those at the
 *   release (`released_after`), and stays due. If it really failed that often again before any other save, it gets
 *   one more round of attempts: the mark is cleared, and the next dead letter counts.
 * - A lane whose last row was skipped is deleted and does not return without a row.
 * - A row for a deleted lane recreates the lane, due at once. If the repeated save also made that lane a dead letter, it
 *   returns as one, visible to an operator.
 * - A row that is delivered twice is gone the second time, and its lane, which may have been reused, is left alone.
 */

/** Range bounds are sorted, so an offset inside a range has an odd number of bounds below it. */
const IS_REPEATED = `
  select from webhook_cursor as cursor
  where ${inFeedOfRow('cursor')} and cursor.generation >= row.generation
    and (row."offset" < watermark or width_bucket(row."offset", finished) % 2 = 1)`;

/** The lane of rows whose save does not describe one. */
const NEW_LANE = `feed_id, topic, partition, lane, coalesce(replay.subscription_id, feed_id), 0, now()`;
const OWNER = 'left join webhook_replay as replay on replay_id = feed_id';

const PARK = `
  ${withRows(`unnest($3::uuid[], $4::bigint[], $5::text[], $6::uuid[], $7::text[], $8::uuid[], $9::int[])
    as delivery (feed_id, "offset", lane, event_id, event_type, previous_event_id, generation)`)},
  parked as (
    insert into webhook_parked_delivery (feed_id, "offset", lane, event_id, event_type, previous_event_id, topic, partition)
    select feed_id, "offset", lane, event_id, event_type, previous_event_id, topic, partition
    from row where not exists (${IS_REPEATED})
    on conflict do nothing
    returning feed_id, topic, partition, lane
  )
  insert into webhook_lane (feed_id, topic, partition, lane, subscription_id, attempts, retry_at)
  select distinct ${NEW_LANE} from parked ${OWNER}
  on conflict do nothing`;

/** Moves rows to lanes of their own, which keep `failing_since`. @returns the lanes that they left */
const DETACH = `
  ${withRows(`unnest($3::uuid[], $4::bigint[], $5::text[], $6::text[])
    as detached (feed_id, "offset", old_lane, new_lane)`)},
  moved as (
    update webhook_parked_delivery as parked set lane = new_lane from row
    where ${inFeedOfRow('parked')} and parked."offset" = row."offset" and parked.lane = old_lane
    returning row.*, parked.lane
  ), made as (
    insert into webhook_lane
      (feed_id, topic, partition, lane, subscription_id, attempts, retry_at, failing_since, endpoint_revision)
    select distinct ${NEW_LANE}, failing_since, coalesce(endpoint_revision, 0) from moved ${OWNER}
    left join lateral (
      select failing_since, endpoint_revision from webhook_lane as old
      where old.feed_id = moved.feed_id and old.topic = moved.topic and old.partition = moved.partition
        and old.lane = old_lane
    ) as left_lane on true
    on conflict do nothing
  )
  select distinct feed_id as "feedId", old_lane as lane from moved`;

/** @returns the lanes that lost a row */
const DELETE_DELIVERED = `
  ${withRows('unnest($3::uuid[], $4::bigint[]) as delivered (feed_id, "offset")')},
  gone as (
    delete from webhook_parked_delivery as parked using row
    where ${inFeedOfRow('parked')} and parked."offset" = row."offset"
    returning parked.feed_id, parked.lane
  )
  select distinct feed_id as "feedId", lane from gone`;

const HAS_ROWS = `select from webhook_parked_delivery as parked where ${inLaneOfRow('parked')}`;

/**
 * Updates lanes that lost rows, and deletes empty ones. A delivered row ($5) ends the lane's failure; otherwise the row was
 * detached, or skipped by an operator ($6).
 */
export const AFTER_ROWS_LEFT = `
  ${withRows(`(
    select feed_id, lane, bool_or(delivered) as delivered
    from unnest($3::uuid[], $4::text[], $5::boolean[]) as rows_left (feed_id, lane, delivered) group by feed_id, lane
  ) as lanes`)},
  emptied as (
    delete from webhook_lane as lane using row where ${inLaneOfRow('lane')} and not exists (${HAS_ROWS})
  )
  update webhook_lane as lane
  set attempts = 0, retry_at = now(), last_error = null, parked_at = null, announced = false,
    failing_since = case when not delivered then failing_since end,
    released_after = case when $6::boolean then attempts end
  from row
  where ${inLaneOfRow('lane')} and exists (${HAS_ROWS})`;

const LANES = `
  ${withRows(`unnest($3::uuid[], $4::text[], $5::uuid[], $6::int[], $7::timestamptz[], $8::text[], $9::int[])
    as lanes (feed_id, lane, subscription_id, attempts, retry_at, last_error, endpoint_revision)`)},
  released as (
    update webhook_lane as lane set released_after = null from row
    where ${inLaneOfRow('lane')} and released_after = row.attempts and row.retry_at is null
    returning row.feed_id, row.topic, row.partition, row.lane
  )
  insert into webhook_lane as lane (feed_id, lane, subscription_id, attempts, retry_at, last_error, endpoint_revision,
    topic, partition, failing_since, parked_at)
  select row.*, case when attempts > 0 then now() end, case when retry_at is null then now() end
  from row
  where exists (${HAS_ROWS}) and not exists (select from released where ${inLaneOfRow('released')})
  on conflict (feed_id, topic, partition, lane) do update set subscription_id = excluded.subscription_id,
    attempts = excluded.attempts, retry_at = excluded.retry_at, last_error = excluded.last_error,
    endpoint_revision = excluded.endpoint_revision,
    failing_since = case lane.endpoint_revision
      when excluded.endpoint_revision then coalesce(lane.failing_since, excluded.failing_since)
      else excluded.failing_since
    end,
    parked_at = case when excluded.retry_at is null then coalesce(lane.parked_at, excluded.parked_at) end,
    announced = lane.announced and excluded.retry_at is null,
    released_after = null`;

/** Makes lanes due that wait for a former endpoint ($4), while the caller owns the partition ($5). */
export const MAKE_DUE = `
  ${withRows('unnest($3::uuid[], $4::int[]) as feeds (feed_id, endpoint_revision)')}
  update webhook_lane as lane set retry_at = now() from row
  where ${inFeedOfRow('lane')} and lane.endpoint_revision <> row.endpoint_revision and retry_at > now()
    and exists (
      select from webhook_partition as owned
      where owned.topic = row.topic and owned.partition = row.partition and owned.owner = $5::uuid
    )`;

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

async function saveLanes(
  transaction: PostgresTransaction,
  { topic, partition }: PartitionClaim,
  { parked, delivered, detached, lanes, cursors }: PartitionChanges,
): Promise<void> {
  const place = [topic, partition];
  if (parked.length > 0) {
    await transaction.query(PARK, [
      ...place,
      ...arrayColumns(parked, 'feedId', 'offset'),
      parked.map(({ lane }) => withoutNul(lane)),
      ...arrayColumns(parked, 'eventId'),
      parked.map(({ eventType }) => withoutNul(eventType)),
      ...arrayColumns(parked, 'previousEventId'),
      arrayLiteral(parked.map(({ feedId }) => cursors.get(feedId)?.generation ?? 0)),
    ]);
  }
  const left: LeftLane[] = [];
  if (delivered.length > 0) {
    const { rows } = await transaction.query<LaneRow>(DELETE_DELIVERED, [
      ...place,
      ...arrayColumns(delivered, 'feedId', 'offset'),
    ]);
    left.push(...rows.map((row) => ({ ...row, delivered: true })));
  }
  if (detached.length > 0) {
    const { rows } = await transaction.query<LaneRow>(DETACH, [
      ...place,
      ...arrayColumns(detached, 'feedId', 'offset'),
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
  ...arrayColumns(lanes, 'feedId'),
  lanes.map(({ lane }) => lane),
  ...arrayColumns(lanes, 'delivered'),
];

const laneColumns = (lanes: readonly BlockedLane[]): unknown[] => [
  ...arrayColumns(lanes, 'feedId'),
  lanes.map(({ lane }) => withoutNul(lane)),
  ...arrayColumns(lanes, 'subscriptionId', 'attempts'),
  arrayLiteral(lanes.map(({ retryAt }) => (retryAt === null ? null : new Date(retryAt).toISOString()))),
  lanes.map(({ lastError }) => (lastError === null ? null : withoutNul(lastError))),
  ...arrayColumns(lanes, 'endpointRevision'),
];

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
