import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import {
  isVerified,
  type Projection,
  rebuild,
  type RebuildParts,
  RebuildProgress,
  type RebuildStatus,
} from '#libs/projections';
import { type DatabaseOptions, makePrisma } from '../database/prisma.service.js';
import { BuildVerification } from '../verification/build-verification.js';
import { VerificationFailedError } from '../verification/verification-failed.js';
import type { PostgresTransaction } from './postgres-transaction.js';
import { PostgresProjectionBuilds } from './projection-builds.js';
import { PostgresProjectionStore } from './projection.store.js';

/** Somebody else builds the same read model anew. */
export class RebuildUnderWayError extends Error {
  override readonly name = 'RebuildUnderWayError';
}

/** Larger than the live projector's: a batch takes a round trip or two, whatever its size. */
const FETCH_BYTES = 4_000_000;
/** One partition is read while the rows of another are written. */
const CONCURRENCY = 3;
/** Batches are large, and an index of many rows takes its time. */
const TIMEOUT_MS = 600_000;

export interface RebuildProjectionOptions {
  readonly database: Pick<DatabaseOptions, 'url'>;
  readonly projection: Projection<PostgresTransaction>;
  readonly log: RebuildParts<PostgresTransaction>['log'];
  readonly changed: (standing: RebuildStatus) => void;
  readonly signal: AbortSignal;
}

/**
 * Builds a read model anew, beside the live one, and puts it in its place; see {@link rebuild}. It is checked if
 * {@link isVerified somebody has said} what its rows must be.
 * @throws RebuildUnderWayError, VerificationFailedError, and what rebuild throws.
 */
export async function rebuildProjection({
  database,
  projection,
  log,
  changed,
  signal,
}: RebuildProjectionOptions): Promise<void> {
  const lock = await lockRebuild(database.url, projection.name);
  const progress = new RebuildProgress(changed);
  const verification = isVerified(projection.name)
    ? new BuildVerification({
        database,
        log,
        projection,
        reread: (events) => progress.addUnplanned(events),
        signal,
      })
    : undefined;
  const prisma = makePrisma({ url: database.url, poolSize: CONCURRENCY + 1, timeoutMs: TIMEOUT_MS });
  const builds = new PostgresProjectionBuilds(prisma);
  try {
    // There may be none yet.
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
      pause: (ms) => sleep(ms),
      signal,
    });
  } catch (error) {
    // Nothing good can be made of it: the next try begins anew.
    if (error instanceof VerificationFailedError) await builds.abandon(projection);
    throw error;
  } finally {
    await Promise.all([prisma.$disconnect(), lock.end()]);
  }
}

/** As long as the connection lasts. */
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
