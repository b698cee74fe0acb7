import { Inject, Injectable } from '@nestjs/common';
import { newId } from '#libs/kernel';
import { type PooledPrisma, PrismaService } from '#libs/postgres';

export const JOB_KINDS = ['rebuild', 'verification'] as const;
export type JobKind = (typeof JOB_KINDS)[number];
export type JobState = 'running' | 'done' | 'failed' | 'cancelled';

/** Which job: a projection has at most one of each kind. */
export interface JobPlace {
  readonly projection: string;
  readonly kind: JobKind;
}

/** How far a job has come, in offsets of the log. */
export interface JobProgress {
  readonly done: number;
  readonly total: number;
  /** Recent offsets per second. */
  readonly rate: number;
  /** Estimated milliseconds; `null` until the rate is known. */
  readonly leftMs: number | null;
}

/** The last job of a kind. */
export interface ProjectionJob extends JobPlace, JobProgress {
  readonly jobId: string;
  readonly state: JobState;
  /** Why it failed. */
  readonly error: string | null;
  /** What a job that is done has found. */
  readonly result: unknown;
  readonly startedAt: Date;
  readonly endedAt: Date | null;
}

type JobRow = Omit<ProjectionJob, 'done' | 'total' | 'leftMs'> & {
  readonly done: string;
  readonly total: string;
  readonly leftMs: string | null;
};

/** A job that its process has not written for so long has ended with that process. */
const IS_LOST = `state = 'running' and updated_at < now() - interval '20 seconds'`;
const LOST = 'the process that ran it has ended; start it again';

const MAX_ERROR = 1_000;

/**
 * The rebuilds and verifications that run in processes of this system, as each of these writes them: any process tells how
 * far one has come, and can ask for its end.
 */
@Injectable()
export class ProjectionJobRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Takes the place of the last job. @returns the new one's id; `undefined` if the last one still runs */
  async claim({ projection, kind }: JobPlace): Promise<string | undefined> {
    const jobId = newId();
    const { rowCount } = await this.prisma.pool.query(
      `insert into projection_job as job (projection, kind, job_id, state) values ($1, $2, $3, 'running')
       on conflict (projection, kind) do update
       set job_id = $3, state = 'running', done = 0, total = 0, rate = 0, left_ms = null, cancelled = false,
         error = null, result = null, started_at = now(), updated_at = now(), ended_at = null
       where job.state <> 'running' or job.updated_at < now() - interval '20 seconds'`,
      [projection, kind, jobId],
    );
    return rowCount === 1 ? jobId : undefined;
  }

  /** Says that a job goes on. @returns whether it may: not if it was cancelled, or another has taken its place */
  async goesOn(jobId: string, { done, total, rate, leftMs }: JobProgress): Promise<boolean> {
    const { rows } = await this.prisma.pool.query<{ cancelled: boolean }>(
      `update projection_job set done = $2, total = $3, rate = $4, left_ms = $5, updated_at = now()
       where job_id = $1 and state = 'running' returning cancelled`,
      [jobId, done, total, rate, leftMs === null ? null : Math.round(leftMs)],
    );
    return rows[0]?.cancelled === false;
  }

  async end(
    jobId: string,
    { state, error, result }: { state: Exclude<JobState, 'running'>; error?: string; result?: object },
  ): Promise<void> {
    await this.prisma.pool.query(
      `update projection_job set state = $2, error = $3, result = $4, updated_at = now(), ended_at = now()
       where job_id = $1 and state = 'running'`,
      [jobId, state, error?.slice(0, MAX_ERROR) ?? null, result ? JSON.stringify(result) : null],
    );
  }

  /** Asks for the end of a job, whatever process runs it. @returns whether one runs */
  async cancel({ projection, kind }: JobPlace): Promise<boolean> {
    const { rowCount } = await this.prisma.pool.query(
      `update projection_job set cancelled = true
       where projection = $1 and kind = $2 and state = 'running' and not (${IS_LOST})`,
      [projection, kind],
    );
    return rowCount === 1;
  }

  /** The last job of each kind of these projections. */
  async last(projections: readonly string[]): Promise<ProjectionJob[]> {
    const { rows } = await this.prisma.pool.query<JobRow>(
      `select projection, kind, job_id as "jobId", case when ${IS_LOST} then 'failed' else state end as state,
         done, total, rate, left_ms as "leftMs", case when ${IS_LOST} then $2 else error end as error, result,
         started_at as "startedAt", coalesce(ended_at, case when ${IS_LOST} then updated_at end) as "endedAt"
       from projection_job where projection = any($1::text[]) order by projection, kind`,
      [projections, LOST],
    );
    return rows.map(({ done, total, leftMs, ...row }) => ({
      ...row,
      done: Number(done),
      total: Number(total),
      leftMs: leftMs === null ? null : Number(leftMs),
    }));
  }
}
