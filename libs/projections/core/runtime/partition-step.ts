import type { LoggedEvent } from '#libs/contracts';
import type { Projection } from './projection.js';
import type { CheckpointMove, ProjectionStore } from './projection-store.js';

/** New events of one partition, with the move of its checkpoint past them. */
export interface PartitionStep extends CheckpointMove {
  readonly events: readonly LoggedEvent[];
  /** See `StepContext`. */
  readonly hasGaps: boolean;
}

export interface StepTarget<Transaction> {
  readonly projection: Projection<Transaction>;
  readonly store: ProjectionStore<Transaction>;
}

/**
 * Applies steps of one build, each in another partition, in one transaction.
 * @throws StaleCheckpointError, or an error of the projection or the store; then no step is applied
 */
export async function applySteps<Transaction>(
  { projection, store }: StepTarget<Transaction>,
  steps: readonly PartitionStep[],
): Promise<void> {
  await store.advance(steps, async (transaction) => {
    for (const { events, hasGaps } of writesOf(projection, steps))
      await projection.write(transaction, events, { hasGaps });
  });
}

type Write = Pick<PartitionStep, 'events' | 'hasGaps'>;

/** One write for all steps with gaps and one for all others, if the projection takes several partitions at once. */
function writesOf(
  { acrossPartitions }: Pick<Projection<never>, 'acrossPartitions'>,
  steps: readonly PartitionStep[],
): readonly Write[] {
  const writes = acrossPartitions
    ? [false, true].map((hasGaps) => ({
        hasGaps,
        events: steps.filter((step) => step.hasGaps === hasGaps).flatMap(({ events }) => events),
      }))
    : steps;
  return writes.filter(({ events }) => events.length > 0);
}
