/**
 * SQL that records where builds of a projection begin, in the statement that creates or changes the projection.
 * @param changed the `with` query that returns its `name` if it was changed
 * @param parameter the placeholder of the positions, as JSON
 */
export const insertStarts = (changed: string, parameter: string): string => `
  insert into projection_start (projection, topic, partition, "offset")
  select name, topic, partition, "offset"
  from ${changed} cross join jsonb_to_recordset(${parameter}) as start (topic text, partition int, "offset" bigint)
  where "offset" > 0`;
