import { createHash } from 'node:crypto';
import type { QueryConfig } from 'pg';

/** The statement with these values, as the driver takes it. */
export type PreparedStatement = (values: unknown[]) => QueryConfig;

/**
 * A statement that each connection parses once, and plans until one plan does for all values: for those that are run often,
 * as Postgres takes longer to plan them than to run them. Connections keep what is prepared, so there must be few texts.
 */
export function prepared(text: string): PreparedStatement {
  const name = createHash('sha256').update(text).digest('hex').slice(0, 32);
  return (values) => ({ name, text, values });
}
