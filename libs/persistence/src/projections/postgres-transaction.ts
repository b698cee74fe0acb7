import type { Pool, PoolClient } from 'pg';

/** What a projection's step writes by. */
export type PostgresTransaction = Pick<PoolClient, 'query'>;

/**
 * Runs the work in a transaction, past Prisma, whose own ones look at each value on its way.
 * @param opening statements without values that come first, in the same round trip.
 */
export async function inTransaction<Result>(
  pool: Pool,
  opening: string,
  work: (transaction: PostgresTransaction) => Promise<Result>,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that is lost between two statements would end the process, if nobody listened.
  const lost = (error: Error): void => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query(`begin; ${opening}`);
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((rollbackError: Error) => {
      broken = rollbackError;
    });
    throw error;
  } finally {
    client.off('error', lost);
    // A connection in an unknown state is not given to the next one.
    client.release(broken);
  }
}
