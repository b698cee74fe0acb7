/** Names of projections stand in identifiers and statements. */
const NAME = /^[a-z][a-z0-9-]{0,40}$/;

function identifierOf(projection: string): string {
  if (!NAME.test(projection)) throw new Error(`${projection} is no name of a projection`);
  return projection.replaceAll('-', '_');
}

/** The Postgres schema of the build that is made beside the one that queries see. */
export const buildSchema = (projection: string): string => `build_${identifierOf(projection)}`;

/** Where the tables of a build go that has been replaced, on their way out. */
export const retiredSchema = (projection: string): string => `retired_${identifierOf(projection)}`;

const keyOf = (projection: string): string => `hashtext('projection ${identifierOf(projection)}')`;

/** Held by all who move a checkpoint: none of them sees one build taking the place of the other. */
export const lockBuildsShared = (projection: string): string =>
  `select pg_advisory_xact_lock_shared(${keyOf(projection)})`;

/** Held by who changes which builds there are. */
export const lockBuildsExclusive = (projection: string): string =>
  `select pg_advisory_xact_lock(${keyOf(projection)})`;
