import type { Pool, PoolClient } from 'pg';
import { ConnectionLostError } from '#libs/postgres';

/** The connection that a projection writes with. */
export type PostgresTransaction = Pick<PoolClient, 'query'>;

/**
 * Runs the work in a transaction without Prisma, which would inspect each value. After an error the connection is
 * discarded, so that the next transaction gets a healthy one.
 * @param opening statements without values that run first, in the same round trip
 * @throws ConnectionLostError if the connection was lost, in place of any error that follows from the loss
 */
export async function inTransaction<Result>(
  pool: Pool,
  opening: string,
  work: (transaction: PostgresTransaction) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failure: Error | undefined;
  // Without a listener, losing the connection between two statements would end the process.
  const lost = (error: Error): void => {
    failure = new ConnectionLostError(error);
  };
  client.on('error', lost);
  try {
    await client.query(`begin; ${opening}`);
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
