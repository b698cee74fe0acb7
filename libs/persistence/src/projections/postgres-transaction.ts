import type { Pool, PoolClient } from 'pg';
import { ConnectionLostError } from '../database/database-outage.js';

/** What a projection's step writes by. */
export type PostgresTransaction = Pick<PoolClient, 'query'>;

/**
 * Runs the work in a transaction, past Prisma, whose own ones look at each value on its way. After an error the next
 * transaction has another connection: whatever was wrong with this one goes with it.
 * @param opening statements without values that come first, in the same round trip.
 * @throws ConnectionLostError when the connection went, whatever was said because of that.
 */
export async function inTransaction<Result>(
  pool: Pool,
  opening: string,
  work: (transaction: PostgresTransaction) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let failure: Error | undefined;
  // A connection that is lost between two statements would end the process, if nobody listened.
  const lost = (error: Error): void => {
    failure = new ConnectionLostError(error);
  };
  client.on('error', lost);
  try {
    await client.query(`begin; ${opening}`);
    const result = await work(client);
    const { command } = await client.query('commit');
    // The work has caught an error of Postgres', which has given the transaction up.
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
