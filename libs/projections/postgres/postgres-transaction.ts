import type { Pool, PoolClient, QueryConfig, QueryResult } from 'pg';
import { ConnectionLostError, prepared, queryTogether } from '#libs/postgres';

/** The connection that a projection writes with. */
export type PostgresTransaction = Pick<PoolClient, 'query'>;

const BEGIN = prepared('begin');

/**
 * Runs the work in a transaction without Prisma, which would inspect each value. After an error the connection is
 * discarded, so that the next transaction gets a healthy one.
 * @param opening statements without values that run first, in the same round trip
 * @throws ConnectionLostError if the connection was lost, in place of any error that follows from the loss
 */
export function inTransaction<Result>(
  pool: Pool,
  opening: string,
  work: (transaction: PostgresTransaction) => Promise<Result>,
): Promise<Result> {
  return onConnection(pool, async (client) => {
    await client.query(`begin; ${opening}`);
    return work(client);
  });
}

/**
 * The same with prepared statements, whose results are checked. They share a round trip with the first statement of the
 * work if that is prepared too.
 * @param check throws if the transaction must not go on. Nothing that the first statement did, and no error of it, then
 * counts.
 */
export function inOpenedTransaction<Result>(
  pool: Pool,
  opening: readonly QueryConfig[],
  check: (results: readonly QueryResult[]) => void,
  work: (transaction: PostgresTransaction) => Promise<Result>,
): Promise<Result> {
  return onConnection(pool, async (client) => {
    let opened: Promise<QueryResult | undefined> | undefined;
    const open = async (...first: readonly QueryConfig[]): Promise<QueryResult | undefined> => {
      const { results, error } = await queryTogether(client, [BEGIN([]), ...opening, ...first]);
      const ofOpening = results.slice(1, opening.length + 1);
      if (ofOpening.length === opening.length) check(ofOpening);
      if (error) throw error;
      return results.at(-1);
    };
    const query = async (...given: readonly unknown[]): Promise<unknown> => {
      const [statement] = given;
      if (!opened && isPrepared(statement)) return (opened = open(statement));
      await (opened ??= open());
      return (client.query as (...given: readonly unknown[]) => unknown)(...given);
    };
    const result = await work({ query: query as PoolClient['query'] });
    // The work may have caught the error of the check.
    await (opened ??= open());
    return result;
  });
}

const isPrepared = (statement: unknown): statement is QueryConfig =>
  typeof (statement as QueryConfig | undefined)?.name === 'string';

/** Commits what the work has done since it began a transaction. */
async function onConnection<Result>(
  pool: Pool,
  work: (client: PoolClient) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failure: Error | undefined;
  // Without a listener, losing the connection between two statements would end the process.
  const lost = (error: Error): void => {
    failure = new ConnectionLostError(error);
  };
  client.on('error', lost);
  try {
    const result = await work(client);
    const { command } = await client.query('commit');
    // The work has caught a Postgres error, which aborted the transaction.
    if (command === 'ROLLBACK') throw new Error('the transaction had failed before its end');
    return result;
  } catch (error) {
    await client.query('rollback').catch(lost);
    failure ??= error as Error;
    throw failure instanceof ConnectionLostError ? failure : error;
  } finally {
    client.off('error', lost);
    client.release(failure && true);
  }
}
