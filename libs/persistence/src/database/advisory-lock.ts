import type { Pool, PoolClient } from 'pg';

/** Any numbers, as long as all take the same for the same, and {@link migrate} has another. */
export const ADVISORY_LOCKS = { attemptDays: 7_262_061_155, deadLetterAnnouncements: 7_262_061_156 } as const;

/**
 * Does the work unless another process is doing it just now: then nothing. The lock goes with the process, or its
 * connection; the work must bear that another begins then.
 * @param work is given that connection, so that it needs no second one.
 */
export async function tryWithAdvisoryLock(
  pool: Pool,
  lock: number,
  work: (connection: Pick<PoolClient, 'query'>) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection that is lost while nobody uses it would end the process, if nobody listened.
  const lost = (error: Error): void => {
    broken = error;
  };
  client.on('error', lost);
  try {
    const { rows } = await client.query<{ isMine: boolean }>('select pg_try_advisory_lock($1) as "isMine"', [
      lock,
    ]);
    if (!rows[0]?.isMine) return;
    try {
      await work(client);
    } finally {
      await client.query('select pg_advisory_unlock($1)', [lock]).catch((error: Error) => {
        broken = error;
      });
    }
  } finally {
    client.off('error', lost);
    // With the connection goes a lock that could not be given back.
    client.release(broken);
  }
}
