/**
 * Notes where builds of a projection begin, in the same statement that made or changed the projection.
 * @param changed the part of the statement that gives its `name`, if it was changed
 * @param parameter that holds the positions, as JSON
 */
export const insertStarts = (changed: string, parameter: string): string => `
  insert into projection_start (projection, topic, partition, "offset")
  select name, topic, partition, "offset"
  from ${changed} cross join jsonb_to_recordset(${parameter}) as start (topic text, partition int, "offset" bigint)
  where "offset" > 0`;
