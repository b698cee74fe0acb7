import type { ProjectionJob, ProjectionStatusWithLag } from '#libs/projections/postgres';
import { type ProjectionFacts, projectionDocuments, verificationDocument } from './projection-documents.js';

const status = (more: Partial<ProjectionStatusWithLag> = {}): ProjectionStatusWithLag => ({
  projection: 'orders',
  version: 2,
  build: 3,
  live: true,
  topic: 'orders',
  partition: 0,
  nextOffset: 5,
  lag: 4,
  fault: undefined,
  stoppedAt: null,
  ...more,
});
const job = (more: Partial<ProjectionJob> = {}): ProjectionJob => ({
  projection: 'orders',
  kind: 'rebuild',
  jobId: 'id',
  state: 'running',
  done: 3,
  total: 9,
  rate: 1.4,
  leftMs: 100,
  error: null,
  result: null,
  startedAt: new Date(0),
  endedAt: null,
  ...more,
});
const documentOf = (facts: Partial<ProjectionFacts>) =>
  projectionDocuments({
    statuses: [status()],
    ends: [{ topic: 'orders', partition: 0, offset: 9 }],
    jobs: [],
    underRebuild: new Set(),
    builtIn: new Set(['orders']),
    lateness: () => undefined,
    ...facts,
  })[0];

describe('the document of a projection', () => {
  it('sums up its partitions', () => {
    const fault = { offset: 7, reason: 'no' };
    const statuses = [status(), status({ partition: 1, lag: 2, fault, stoppedAt: new Date(0) })];
    const late = [
      { ms: 10, isAtLeast: false },
      { ms: 20.4, isAtLeast: true },
    ];
    expect(documentOf({ statuses, lateness: ({ partition }) => late[partition] })).toMatchObject({
      name: 'orders',
      version: 2,
      build: 3,
      builtIn: true,
      lagEvents: 6,
      lagMs: 20,
      lagMsIsLowerBound: true,
      stoppedPartitions: 1,
      partitions: [
        { partition: 0, lagEvents: 4 },
        { stopped: { position: 'orders/1@7', reason: 'no', since: '1970-01-01T00:00:00.000Z' } },
      ],
    });
  });

  it('has no lag while Kafka does not answer', () => {
    const found = documentOf({ statuses: [status({ lag: null })], ends: undefined });
    expect(found).not.toHaveProperty('lagEvents');
    expect(found?.lagMs).toBe(0);
  });

  it('shows the rebuild that was asked for here, or else one by anybody, by its checkpoints', () => {
    expect(documentOf({ jobs: [job()] })?.rebuild).toEqual({
      state: 'running',
      done: 3,
      total: 9,
      rate: 1,
      leftMs: 100,
      startedAt: '1970-01-01T00:00:00.000Z',
    });
    const statuses = [status(), status({ live: false, build: 4, nextOffset: 2 })];
    const jobs = [job({ state: 'failed', error: 'gone' })];
    expect(documentOf({ statuses, jobs })?.rebuild).toMatchObject({ state: 'failed', error: 'gone' });
    expect(documentOf({ statuses, jobs, underRebuild: new Set(['orders']) })?.rebuild).toEqual({
      state: 'running',
      done: 2,
      total: 9,
    });
    expect(documentOf({ statuses })).not.toHaveProperty('rebuild');
  });
});

it.each([
  [true, 'equal'],
  [false, 'different'],
])('a verification that is done says what it has found: %s', (equal, state) => {
  const result = { equal, events: 1, rows: 1, differing: 0, differences: [], obstacles: [] };
  const document = verificationDocument(job({ kind: 'verification', state: 'done', result }));
  expect(document).toMatchObject({ state, rows: 1, differences: [] });
});
