import type { LoggedEvent } from '#libs/contracts';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { KafkaEventLog, type PartitionAssignments } from '#libs/kafka';
import {
  type EventBatch,
  formatPosition,
  systemClock,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import { PostgresProjectionStore } from '../postgres/projection.store.js';
import { GroupCommit } from '../core/runtime/group-commit.js';
import { PartitionFollower } from '../core/runtime/partition-follower.js';
import type { Projection } from '../core/runtime/projection.js';
import { WaitingReaders } from '../core/runtime/waiting-readers.js';
import { Overload, SETTINGS, type Settings, TRACING, type Tracing } from '#libs/platform';
import { PROJECTING, type ProjectingOptions } from './projecting-options.js';
import { ProjectionMetrics } from './projection-metrics.js';
import { startBatchSpans } from './projection-spans.js';
import { ProjectionStarts } from './projection-starts.js';

/** How often to look for checkpoints moved by others: a command, a switch of builds, or a restored database. */
const POLL_CHECKPOINTS_MS = 2_000;
/** The longest that events wait for others to share a transaction with; see {@link GroupCommit}. */
const GATHER_MS = 50;

/** Runs the projections independently of each other, in each partition that is assigned to this process. */
@Injectable()
export class ProjectedPartitions
  implements PartitionAssignments, OnApplicationBootstrap, BeforeApplicationShutdown
{
  /** By projection. */
  readonly #commits = new Map<string, GroupCommit<PostgresTransaction>>();
  readonly #followers = new Map<string, readonly PartitionFollower<PostgresTransaction>[]>();
  readonly #logger = new Logger('Projector');
  readonly #stop = new AbortController();
  #polling: Promise<void> | undefined;

  constructor(
    @Inject(PROJECTING) private readonly options: ProjectingOptions,
    @Inject(PostgresProjectionStore) private readonly store: PostgresProjectionStore,
    @Inject(ProjectionStarts) private readonly starts: ProjectionStarts,
    @Inject(KafkaEventLog) private readonly log: Pick<KafkaEventLog, 'fetch' | 'hasGaps'>,
    @Inject(ProjectionMetrics) private readonly metrics: ProjectionMetrics,
    @Inject(Overload) private readonly overload: Overload,
    @Inject(WaitingReaders) readers: WaitingReaders,
    @Inject(TRACING) private readonly tracing: Tracing,
    @Inject(SETTINGS) { projector }: Pick<Settings, 'projector'>,
  ) {
    for (const projection of options.projections) {
      const parts = { projection, store, readers, maxEvents: projector.batchEvents, clock: systemClock };
      this.#commits.set(projection.name, new GroupCommit({ ...parts, gatherMs: GATHER_MS }));
    }
  }

  onApplicationBootstrap(): void {
    this.#polling = this.#pollCheckpoints();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    await this.#polling;
    await Promise.all([...this.#followers.values()].flat().map((follower) => follower.close()));
  }

  /** Reading starts at the furthest projection; the others catch up in the background. */
  async assigned(at: TopicPartition): Promise<number> {
    await this.revoked(at);
    const followers = this.options.projections
      .filter(({ topics }) => topics.includes(at.topic))
      .map((projection) => this.#follow(projection, at));
    if (followers.length === 0) throw new Error(`no projection is built from ${at.topic}`);
    await Promise.all(followers.map((follower) => follower.open()));
    const start = Math.max(0, ...followers.map(({ next, fault }) => (fault ? 0 : (next ?? 0))));
    for (const follower of followers) follower.catchUp(start);
    this.#followers.set(topicPartitionKey(at), followers);
    this.metrics.following(topicPartitionKey(at), followers);
    return start;
  }

  async revoked(at: TopicPartition): Promise<void> {
    const key = topicPartitionKey(at);
    const followers = this.#followers.get(key) ?? [];
    this.#followers.delete(key);
    this.metrics.following(key, []);
    await Promise.all(followers.map((follower) => follower.close()));
  }

  /** @throws the error of one projection, after all others have applied the batch */
  async apply(batch: EventBatch<LoggedEvent>): Promise<void> {
    const followers = this.#followers.get(topicPartitionKey(batch)) ?? [];
    const spans = startBatchSpans(this.tracing, batch, systemClock.now());
    const results = await Promise.allSettled(
      followers.map(async (follower) => {
        await follower.offer(batch);
        spans?.applied(follower.projection);
      }),
    );
    spans?.end(results.some(({ status }) => status === 'rejected'));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
    const [first] = batch.events;
    if (first) this.overload.observe('projections', Date.now() - Date.parse(first.metadata.occurredAt));
  }

  #follow(
    projection: Projection<PostgresTransaction>,
    at: TopicPartition,
  ): PartitionFollower<PostgresTransaction> {
    const { name, version } = projection;
    const commits = this.#commits.get(name);
    return new PartitionFollower(
      {
        projection,
        store: this.store,
        log: this.log,
        ...(commits && { commits }),
        liveBuild: async () => {
          const live = await this.starts.live(projection);
          return live.version === version ? live.build : undefined;
        },
        progressed: (progress) => this.metrics.progressed(name, progress),
        stopped: ({ offset, reason }) =>
          this.#logger.error(
            `${name} stops at ${formatPosition({ ...at, offset })}: ${reason}; other projections continue. ` +
              'Run "npx --no-install orderstream projections --help" to see how to retry or skip it.',
          ),
        failed: (error) => this.#logger.warn(`${name} of ${topicPartitionKey(at)}: ${error.message}`),
        clock: systemClock,
      },
      at,
    );
  }

  async #pollCheckpoints(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await systemClock.sleep(POLL_CHECKPOINTS_MS, signal);
      if (!signal.aborted) await this.#refreshFollowers().catch(() => undefined);
    }
  }

  /** Reopens followers whose checkpoint was changed by others. Memory is ahead only if the database lost data. */
  async #refreshFollowers(): Promise<void> {
    const noted = [...this.#followers.values()]
      .flat()
      .map((follower) => ({ follower, next: follower.next, fault: follower.fault }));
    if (noted.length === 0) return;
    const standings = await this.store.liveCheckpoints(this.options.projections.map(({ name }) => name));
    await Promise.all(
      noted.map(async ({ follower, next, fault }) => {
        const standing = standings.get(follower.key);
        const isSameBuild = standing !== undefined && standing.build === follower.build;
        if (isSameBuild && standing.nextOffset >= (next ?? 0) && (!fault || standing.hasFault)) return;
        await follower.open();
        follower.catchUp(0);
      }),
    );
  }
}
