import type { QueryConfig } from 'pg';
import { prepared } from '#libs/postgres';

/** Projection names become part of SQL identifiers. */
const NAME = /^[a-z][a-z0-9-]{0,40}$/;

function identifierOf(projection: string): string {
  if (!NAME.test(projection)) throw new Error(`${projection} is not a valid projection name`);
  return projection.replaceAll('-', '_');
}

/** The Postgres schema of the build that is made beside the live one. */
export const buildSchema = (projection: string): string => `build_${identifierOf(projection)}`;

/** The schema that holds the tables of a replaced build until they are dropped. */
export const retiredSchema = (projection: string): string => `retired_${identifierOf(projection)}`;

const lockOf = (projection: string): string => `projection ${identifierOf(projection)}`;

/** SQL for the lock of every checkpoint update: builds cannot switch meanwhile. */
export const lockBuildsShared = (projection: string): string =>
  `select pg_advisory_xact_lock_shared(hashtext('${lockOf(projection)}'))`;

const LOCK_SHARED = prepared('select pg_advisory_xact_lock_shared(hashtext($1))');

/** The same as a prepared statement. */
export const buildsLockedShared = (projection: string): QueryConfig => LOCK_SHARED([lockOf(projection)]);

/** SQL for the lock of whoever creates, switches or drops builds. */
export const lockBuildsExclusive = (projection: string): string =>
  `select pg_advisory_xact_lock(hashtext('${lockOf(projection)}'))`;
