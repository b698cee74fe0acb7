import { type BeforeApplicationShutdown, Inject, Injectable, Logger } from '@nestjs/common';
import { KafkaEventLog } from '#libs/kafka';
import { messageOf, SpareTime, systemClock } from '#libs/kernel';
import { SETTINGS, type Settings } from '#libs/platform';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import { RebuildProgress, type RebuildStatus } from '../core/rebuild/rebuild-progress.js';
import type { Projection } from '../core/runtime/projection.js';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import { PostgresProjectionBuilds } from '../postgres/projection-builds.js';
import { type JobKind, ProjectionJobRepository } from '../postgres/projection-job.repository.js';
import { rebuildProjection } from '../postgres/rebuild-projection.js';
import { MAX_LISTED_ROWS, verifyProjection } from '../postgres/verification/projection-verification.js';
import { foundDifferences } from '../postgres/verification/found-differences.js';

/** How often a job is written, and looks whether it was cancelled. */
const BEAT_MS = 1_000;
/** Pieces are decoded at once, so they are small where requests are answered beside them. */
const FETCH_BYTES = 1_000_000;
/** Take some 40 megabytes in each partition that is verified at the time. */
const MAX_STREAMS = 20_000;

/** The job cannot begin: one of the projection runs, or this process has another one. */
export class ProjectionBusyError extends Error {
  override readonly name = 'ProjectionBusyError';
}

class JobCancelledError extends Error {
  override readonly name = 'JobCancelledError';
}

class ProcessStoppingError extends Error {
  override readonly name = 'ProcessStoppingError';
}

type ReadModel = Projection<PostgresTransaction>;

/** What a job has to work with. */
interface JobTools {
  readonly log: Pick<KafkaEventLog, 'endOffsets' | 'fetch' | 'hasGaps'>;
  readonly signal: AbortSignal;
  readonly progressed: (status: RebuildStatus) => void;
}

/**
 * Rebuilds and verifies read models on request, one at a time in a process and in spare time, so that requests and live
 * projections go on beside it. The process that runs a job writes its progress to the database.
 */
@Injectable()
export class ProjectionJobs implements BeforeApplicationShutdown {
  readonly #logger = new Logger('ProjectionJobs');
  readonly #spareTime = new SpareTime(systemClock);
  #current: { readonly name: string; readonly stop: AbortController; ended: Promise<void> } | undefined;
  #isStopping = false;

  constructor(
    @Inject(SETTINGS) private readonly settings: Pick<Settings, 'database'>,
    @Inject(KafkaEventLog) private readonly log: Pick<KafkaEventLog, 'endOffsets' | 'fetch' | 'hasGaps'>,
    @Inject(ProjectionJobRepository) private readonly jobs: ProjectionJobRepository,
    @Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>,
  ) {}

  /**
   * Begins a job, which goes on after this resolves.
   * @throws ProjectionBusyError
   */
  async start(kind: JobKind, projection: ReadModel): Promise<void> {
    const { name } = projection;
    if (this.#isStopping) throw new ProjectionBusyError('this process is stopping');
    if (this.#current)
      throw new ProjectionBusyError(
        `this process works on ${this.#current.name}; try again once it has ended`,
      );
    const stop = new AbortController();
    const current = { name, stop, ended: Promise.resolve() };
    // Before anything is awaited: two requests must not both begin.
    this.#current = current;
    try {
      const jobId = await this.jobs.claim({ projection: name, kind });
      if (jobId === undefined)
        throw new ProjectionBusyError(`a ${kind} of ${name} is under way in another process`);
      current.ended = this.#run(jobId, kind, projection, stop).finally(() => {
        this.#current = undefined;
      });
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  /** Ends the job. A rebuild continues from its checkpoints when it is started again. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    this.#current?.stop.abort(new ProcessStoppingError('its process was stopped; start it again'));
    await this.#current?.ended;
  }

  async #run(jobId: string, kind: JobKind, projection: ReadModel, stop: AbortController): Promise<void> {
    const { signal } = stop;
    const { name } = projection;
    let status: RebuildStatus = { done: 0, total: 0, rate: 0, leftMs: undefined };
    const beat = async (): Promise<void> => {
      const mayGoOn = await this.jobs.goesOn(jobId, { ...status, leftMs: status.leftMs ?? null });
      if (!mayGoOn) stop.abort(new JobCancelledError('cancelled'));
    };
    const beating = this.#beatUntil(signal, beat);
    this.#logger.log(`${kind} of ${name} begins`);
    try {
      const tools = {
        log: this.#pacedLog(signal),
        signal,
        progressed: (next: RebuildStatus) => (status = next),
      };
      const result =
        kind === 'rebuild' ? await this.#rebuild(projection, tools) : await this.#verify(projection, tools);
      await beat().catch(() => undefined);
      await this.jobs.end(jobId, { state: 'done', ...(result && { result }) });
      this.#logger.log(`${kind} of ${name} has ended`);
    } catch (thrown) {
      // What a broken connection says matters less than why it was broken.
      const error: unknown = signal.aborted ? signal.reason : thrown;
      const isCancelled = error instanceof JobCancelledError;
      if (isCancelled && kind === 'rebuild') await this.#abandon(projection);
      this.#logger.warn(`${kind} of ${name}: ${messageOf(error)}`);
      const end = isCancelled
        ? { state: 'cancelled' as const }
        : { state: 'failed' as const, error: messageOf(error) };
      await this.jobs.end(jobId, end).catch(() => undefined);
    } finally {
      stop.abort();
      await beating;
    }
  }

  async #beatUntil(signal: AbortSignal, beat: () => Promise<void>): Promise<void> {
    for (;;) {
      await systemClock.sleep(BEAT_MS, signal);
      if (signal.aborted) return;
      // Without the database, the job itself fails.
      await beat().catch(() => undefined);
    }
  }

  async #rebuild(projection: ReadModel, { log, signal, progressed }: JobTools): Promise<undefined> {
    const { database } = this.settings;
    await rebuildProjection({
      database,
      projection,
      log,
      changed: progressed,
      signal,
      maxStreams: MAX_STREAMS,
    });
    return undefined;
  }

  async #verify(projection: ReadModel, { log, progressed }: JobTools): Promise<object> {
    const shown = new RebuildProgress(progressed, systemClock);
    let before = -1;
    const found = await verifyProjection({
      database: this.settings.database,
      log,
      projection,
      maxStreams: MAX_STREAMS,
      mostListed: MAX_LISTED_ROWS,
      progress: ({ read, total }) => {
        if (before < 0) shown.begin(0, total);
        shown.add(read - Math.max(0, before));
        before = read;
      },
    });
    if (!found) throw new Error(`no projector has begun ${projection.name}`);
    return foundDifferences(found);
  }

  /** Of a cancelled rebuild nothing is left, so that nobody takes its unfinished build for one under way. */
  async #abandon(projection: ReadModel): Promise<void> {
    await new PostgresProjectionBuilds(this.prisma).abandon(projection).catch((error: unknown) => {
      this.#logger.warn(`${projection.name}: the cancelled build is still there: ${messageOf(error)}`);
    });
  }

  #pacedLog(signal: AbortSignal): JobTools['log'] {
    return {
      endOffsets: (topics) => this.log.endOffsets(topics),
      fetch: (from, maxBytes?: number) => {
        signal.throwIfAborted();
        return this.log.fetch(from, Math.min(maxBytes ?? FETCH_BYTES, FETCH_BYTES), (decode) =>
          this.#spareTime.run('', decode),
        );
      },
      hasGaps: (at) => this.log.hasGaps(at),
    };
  }
}
