import type { Pool, PoolClient } from 'pg';

/** Arbitrary numbers, the same in every process and different from the lock of {@link migrate}. */
export const ADVISORY_LOCKS = {
  attemptDays: 7_262_061_155,
  deadLetterAnnouncements: 7_262_061_156,
  auditDrain: 7_262_061_157,
} as const;

/**
 * Does the work unless another process holds the lock. The lock ends with its connection, so the work must tolerate that
 * another process starts it while this one still runs.
 * @param work receives the connection of the lock, so that it needs no second one
 */
export async function tryWithAdvisoryLock(
  pool: Pool,
  lock: number,
  work: (connection: Pick<PoolClient, 'query'>) => Promise<void>,
): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // Without a listener, losing the idle connection would end the process.
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
    // Destroying the connection releases a lock that could not be unlocked.
    client.release(broken);
  }
}
