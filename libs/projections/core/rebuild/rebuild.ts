import pLimit from 'p-limit';
import type { LoggedEvent } from '#libs/contracts';
import { type Clock, formatPosition, type LogReader, type TopicPartition } from '#libs/kernel';
import { PartitionProjection, type PartitionProjectionParts } from '../runtime/partition-projection.js';
import type { Projection } from '../runtime/projection.js';
import type { BuildPartition, ProjectionStore } from '../runtime/projection-store.js';
import type { RebuildProgress } from './rebuild-progress.js';

export interface PartitionOffset extends TopicPartition {
  readonly nextOffset: number;
}

/** The builds of a projection: the live one, which queries read, and the one under construction. */
export interface ProjectionBuilds<Transaction> {
  /** Continues the build of this version, or starts an empty one. */
  begin(projection: Projection<Transaction>): Promise<{ readonly build: number }>;
  /** Creates the secondary indexes. */
  index(projection: Projection<Transaction>, build: number): Promise<void>;
  /**
   * Replaces the live build in one transaction, after `catchUp` has brought the build to the live one's checkpoints with
   * a store that writes in the same transaction.
   * @throws if the switch is not possible now; then nothing has changed
   */
  switchTo(
    projection: Projection<Transaction>,
    build: number,
    catchUp: (store: ProjectionStore<Transaction>, live: readonly PartitionOffset[]) => Promise<void>,
  ): Promise<void>;
  /** Drops the replaced build. */
  dropRetired(projection: Projection<Transaction>): Promise<void>;
}

export interface RebuildParts<Transaction> extends PartitionProjectionParts<Transaction> {
  readonly log: Pick<LogReader<LoggedEvent>, 'endOffsets' | 'fetch' | 'hasGaps'>;
  readonly builds: ProjectionBuilds<Transaction>;
  /** Proves that the build equals the fold of the log in one partition up to an offset. @throws if it differs */
  readonly check: (build: number, at: PartitionOffset) => Promise<void>;
  readonly progress: RebuildProgress;
  /** Partitions loaded at once. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** A projection cannot apply an event, so the build cannot be finished; the live one stays. */
export class RebuildStoppedError extends Error {
  override readonly name = 'RebuildStoppedError';
}

/**
 * Rebuilds a read model beside the live one and switches to it.
 *
 *   started ─► each partition: loaded to the end of the log, verified ─► indexed ─► caught up ─► switched ─► old one dropped
 *
 * After a crash, the next run continues from the checkpoints.
 * @throws RebuildStoppedError, or an error of the log or the store; the live build stays unchanged
 */
export async function rebuild<Transaction>(parts: RebuildParts<Transaction>): Promise<void> {
  const { projection, builds, log, signal, progress } = parts;
  const { build } = await builds.begin(projection);
  const ends = await log.endOffsets(projection.topics);
  const partitions = ends.map((position) => new PartitionProjection(parts, placeOf(parts, build, position)));
  await Promise.all(partitions.map((partition) => partition.open()));

  const targets = partitions.map((partition, index) => ({ partition, end: ends[index]?.offset ?? 0 }));
  progress.begin(
    targets.reduce((sum, { partition, end }) => sum + Math.min(partition.next, end), 0),
    targets.reduce((sum, { end }) => sum + end, 0),
  );
  const limit = pLimit(parts.concurrency);
  const loads = targets.map(({ partition, end }) =>
    limit(async () => {
      await load(parts, partition, end);
      await parts.check(build, { ...partition.at, nextOffset: partition.next });
    }),
  );
  await Promise.all(loads).finally(() => limit.clearQueue());
  await builds.index(projection, build);
  signal.throwIfAborted();
  await switchBuilds(parts, build, partitions);
  await builds.dropRetired(projection);
}

async function load<Transaction>(
  { signal, progress }: RebuildParts<Transaction>,
  partition: PartitionProjection<Transaction>,
  end: number,
): Promise<void> {
  while (partition.next < end) {
    signal.throwIfAborted();
    const from = partition.next;
    await partition.step();
    stopAtFault(partition);
    progress.add(partition.next - from);
  }
}

/** The live build may advance while the switch is being prepared: then it is retried. */
const SWITCH_ATTEMPTS = 8;
const SWITCH_PAUSE_MS = 500;
/** Nothing else is written during the switch, so at most this many offsets are left for it. */
const MOST_LEFT = 20_000;

async function switchBuilds<Transaction>(
  parts: RebuildParts<Transaction>,
  build: number,
  partitions: readonly PartitionProjection<Transaction>[],
): Promise<void> {
  const { projection, builds, log, signal } = parts;
  for (let attempt = 1; ; attempt++) {
    for (const { topic, partition, offset } of await log.endOffsets(projection.topics)) {
      const behind = partitions.find(({ at }) => at.topic === topic && at.partition === partition);
      await behind?.catchUp(offset);
      if (behind) stopAtFault(behind);
    }
    try {
      return await builds.switchTo(projection, build, async (store, live) => {
        for (const { topic, partition, nextOffset } of live) {
          const last = new PartitionProjection(
            { ...parts, store },
            placeOf(parts, build, { topic, partition }),
          );
          await last.open();
          if (nextOffset - last.next > MOST_LEFT)
            throw new Error('the build is too far behind to be switched to');
          await last.catchUp(nextOffset);
          stopAtFault(last);
        }
      });
    } catch (error) {
      if (error instanceof RebuildStoppedError || attempt === SWITCH_ATTEMPTS) throw error;
      await parts.clock.sleep(SWITCH_PAUSE_MS, signal);
      signal.throwIfAborted();
    }
  }
}

const placeOf = <Transaction>(
  { projection }: RebuildParts<Transaction>,
  build: number,
  { topic, partition }: TopicPartition,
): BuildPartition => ({ projection: projection.name, build, topic, partition });

function stopAtFault<Transaction>({ at, fault }: PartitionProjection<Transaction>): void {
  if (!fault) return;
  const position = formatPosition({ ...at, offset: fault.offset });
  throw new RebuildStoppedError(`${at.projection} cannot apply the event at ${position}: ${fault.reason}`);
}
