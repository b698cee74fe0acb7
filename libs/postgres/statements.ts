import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';

export type PreparedStatement = (values: unknown[]) => QueryConfig;

/**
 * A statement that each connection parses once, for frequent statements that take Postgres longer to plan than to run.
 * Connections keep prepared statements, so there must be few different texts.
 */
export function prepared(text: string): PreparedStatement {
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return (values) => ({ name, text, values });
}
