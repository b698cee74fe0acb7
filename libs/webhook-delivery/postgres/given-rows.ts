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
