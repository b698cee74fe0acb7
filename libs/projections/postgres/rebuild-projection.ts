import { systemClock } from '#libs/kernel';
import { Client } from 'pg';
import { isVerified } from '../read-models/read-models.js';
import type { Projection } from '../core/runtime/projection.js';
import { rebuild, type RebuildParts } from '../core/rebuild/rebuild.js';
import { RebuildProgress, type RebuildStatus } from '../core/rebuild/rebuild-progress.js';
import { type DatabaseOptions, makePrisma } from '#libs/postgres';
import { BuildVerification } from './verification/build-verification.js';
import { VerificationFailedError } from './verification/verification-failed.js';
import type { PostgresTransaction } from './postgres-transaction.js';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { PostgresProjectionStore } from './projection.store.js';

/** Another process is rebuilding the same read model. */
export class RebuildUnderWayError extends Error {
  override readonly name = 'RebuildUnderWayError';
}

/** Larger than the live projector's, because a batch costs one or two round trips whatever its size. */
const FETCH_BYTES = 4_000_000;
/** Partitions loaded at once, so that one is read while another is written. */
const CONCURRENCY = 3;
/** Long enough for large batches and for indexes of many rows. */
const TIMEOUT_MS = 600_000;

export interface RebuildProjectionOptions {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly projection: Projection<PostgresTransaction>;
  readonly log: RebuildParts<PostgresTransaction>['log'];
  readonly changed: (standing: RebuildStatus) => void;
  readonly signal: AbortSignal;
  /** Most streams that verification keeps in memory for each of three partitions. Fewer take more passes over the log. */
  readonly maxStreams?: number;
}

/**
 * Rebuilds a read model beside the live one and switches to it; see {@link rebuild}. Verifies the rows of
 * {@link isVerified built-in read models}.
 * @throws RebuildUnderWayError, VerificationFailedError, and what rebuild throws.
 */
export async function rebuildProjection({
  database,
  projection,
  log,
  changed,
  signal,
  maxStreams,
}: RebuildProjectionOptions): Promise<void> {
  const lock = await lockRebuild(database.url, projection.name);
  const progress = new RebuildProgress(changed, systemClock);
  const verification = isVerified(projection.name)
    ? new BuildVerification({
        database,
        log,
        projection,
        reread: (events) => progress.addUnplanned(events),
        signal,
        ...(maxStreams !== undefined && { maxStreams }),
      })
    : undefined;
  const prisma = makePrisma({ url: database.url, poolSize: CONCURRENCY + 1, timeoutMs: TIMEOUT_MS });
  const builds = new PostgresProjectionBuilds(prisma);
  try {
    // Creates the first build if there is none yet.
    await builds.live(projection);
    await rebuild({
      projection,
      store: new PostgresProjectionStore(prisma),
      builds,
      log: verification?.log ?? log,
      check: async (build, at) => verification?.check(build, at),
      progress,
      fetchBytes: FETCH_BYTES,
      concurrency: CONCURRENCY,
      clock: systemClock,
      signal,
    });
  } catch (error) {
    // A wrong build cannot be repaired, so the next attempt starts over.
    if (error instanceof VerificationFailedError) await builds.abandon(projection);
    throw error;
  } finally {
    await Promise.all([prisma.$disconnect(), lock.end()]);
  }
}

/** Holds the lock until the connection ends. */
async function lockRebuild(url: string, name: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, keepAlive: true });
  // Checkpoints keep two builders from doing anything twice: the lock is for not trying.
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ locked: boolean }>(
    'select pg_try_advisory_lock(hashtext($1)) as locked',
    [`rebuild ${name}`],
  );
  if (rows[0]?.locked) return client;
  await client.end();
  throw new RebuildUnderWayError(`${name} is being rebuilt by another process`);
}
