import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { FoundDifferences } from '../postgres/verification/found-differences.js';
import { ProjectionJobRepository, type JobKind } from '../postgres/projection-job.repository.js';
import { PostgresProjectionBuilds } from '../postgres/projection-builds.js';
import { ProjectionCommands } from '../postgres/projection-commands.js';
import { ORDER_TIMELINE_READ_MODEL } from '../read-models/order-timeline/order-timeline.read-model.js';
import { OrderLog } from '../testing/order-log.fixture.js';
import { useDatabase } from '#libs/testing';
import { ProjectionBusyError, ProjectionJobs } from './projection-jobs.js';

const PROJECTION = ORDER_TIMELINE_READ_MODEL;
const { name } = PROJECTION;

Logger.overrideLogger(false);
const { url, prisma } = await useDatabase(8);
const jobTable = new ProjectionJobRepository(prisma);

describe('jobs of projections', () => {
  let log: OrderLog;
  /** How long each fetch takes. */
  let slownessMs: number;
  let jobs: ProjectionJobs;

  beforeEach(async () => {
    await prisma.$executeRawUnsafe(
      'truncate order_timeline, projection, projection_checkpoint, projection_skip, projection_job',
    );
    log = new OrderLog(2, 3);
    for (let count = 0; count < 40; count++) log.append(count % 2);
    slownessMs = 0;
    const paced = {
      endOffsets: (topics: readonly string[]) => log.endOffsets(topics),
      fetch: async (...given: Parameters<OrderLog['fetch']>) => {
        await sleep(slownessMs);
        return log.fetch(...given);
      },
      hasGaps: () => false,
    };
    jobs = new ProjectionJobs({ database: { url } } as never, paced, jobTable, prisma);
  });
  afterEach(() => jobs.beforeApplicationShutdown());

  const last = async (kind: JobKind) => (await jobTable.last([name])).find((job) => job.kind === kind);
  async function ended(kind: JobKind) {
    for (;;) {
      const job = await last(kind);
      if (job && job.state !== 'running') return job;
      await sleep(50);
    }
  }
  const build = async () => (await new PostgresProjectionBuilds(prisma).live(PROJECTION)).build;

  it('rebuild, and tell how far they have come', async () => {
    expect(await build()).toBe(1);
    await jobs.start('rebuild', PROJECTION);
    const job = await ended('rebuild');
    expect(job).toMatchObject({ state: 'done', error: null, leftMs: expect.anything() });
    expect(job.done).toBe(job.total);
    expect(job.total).toBeGreaterThanOrEqual(80);
    expect(await build()).toBe(2);
  });

  it('verify, and name the rows that differ, without what is in them', async () => {
    await jobs.start('rebuild', PROJECTION);
    await ended('rebuild');
    await jobs.start('verification', PROJECTION);
    expect((await ended('verification')).result).toMatchObject({ equal: true, differences: [] });
    await prisma.$executeRawUnsafe(
      'delete from order_timeline where (order_id, version) in (select order_id, version from order_timeline limit 1)',
    );
    await jobs.start('verification', PROJECTION);
    const found = (await ended('verification')).result as FoundDifferences;
    expect(found).toMatchObject({ equal: false, differing: 1, differences: [{ kind: 'missing' }] });
    expect(JSON.stringify(found)).not.toContain('value');
  });

  it('run one at a time, in this process and for one projection', async () => {
    slownessMs = 100;
    const others = new ProjectionJobs({ database: { url } } as never, log, jobTable, prisma);
    await jobs.start('rebuild', PROJECTION);
    await expect(jobs.start('verification', PROJECTION)).rejects.toThrow(ProjectionBusyError);
    await expect(others.start('rebuild', PROJECTION)).rejects.toThrow(/in another process/);
    const commands = new ProjectionCommands(prisma);
    const underRebuild = async () => [...(await commands.underRebuild([name, 'orders']))];
    while ((await underRebuild()).length === 0) await sleep(20);
    expect(await underRebuild()).toEqual([name]);
    expect((await ended('rebuild')).state).toBe('done');
    expect(await underRebuild()).toEqual([]);
  });

  it('end when they are cancelled, and leave nothing', async () => {
    slownessMs = 200;
    expect(await jobTable.cancel({ projection: name, kind: 'rebuild' })).toBe(false);
    await jobs.start('rebuild', PROJECTION);
    expect(await jobTable.cancel({ projection: name, kind: 'rebuild' })).toBe(true);
    expect(await ended('rebuild')).toMatchObject({ state: 'cancelled' });
    expect(await prisma.projection.findMany()).toMatchObject([{ build: 1, nextBuild: null }]);
  });

  it('end with their process, and continue where they were', async () => {
    slownessMs = 200;
    await jobs.start('rebuild', PROJECTION);
    while ((await prisma.projection.count({ where: { nextBuild: { not: null } } })) === 0) await sleep(20);
    await jobs.beforeApplicationShutdown();
    expect(await last('rebuild')).toMatchObject({ state: 'failed', error: expect.stringMatching(/stopped/) });
    expect(await prisma.projection.findMany()).toMatchObject([{ build: 1, nextBuild: 2 }]);
  });

  it('are over once their process has been gone for a while', async () => {
    await build();
    await jobTable.claim({ projection: name, kind: 'rebuild' });
    expect(await last('rebuild')).toMatchObject({ state: 'running' });
    expect(await jobTable.claim({ projection: name, kind: 'rebuild' })).toBeUndefined();
    await prisma.$executeRaw`update projection_job set updated_at = now() - interval '1 minute'`;
    expect(await last('rebuild')).toMatchObject({ state: 'failed', error: expect.stringMatching(/ended/) });
    expect(await jobTable.cancel({ projection: name, kind: 'rebuild' })).toBe(false);
    await jobs.start('rebuild', PROJECTION);
    expect((await ended('rebuild')).state).toBe('done');
  });
});
