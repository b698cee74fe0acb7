/**
 * Begins a statement on the rows that are given, in the partition that is given ($1, $2). Where the partition stands in
 * the statement as such, the planner guesses, for a table that has grown since it was last analysed, that it has one row
 * there, and compares each row with each. Behind `materialized` it cannot look, and takes a hash or an index.
 */
export const withRows = (unnested: string): string => `
  with place as materialized (select $1::text as topic, $2::int as partition),
  row as (select * from ${unnested} cross join place)`;

/** `table` has the same feed and partition as the row. */
export const inFeedOfRow = (table: string): string =>
  `${table}.feed_id = row.feed_id and ${table}.topic = row.topic and ${table}.partition = row.partition`;

export const inLaneOfRow = (table: string): string => `${inFeedOfRow(table)} and ${table}.lane = row.lane`;
