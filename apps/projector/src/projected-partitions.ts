import { Inject, Injectable } from '@nestjs/common';
import type { LogBatchContext, PartitionAssignments } from '#libs/event-store-kafka';
import type { RecordedEvent } from '#libs/kernel';
import { ProjectionStore } from '#libs/persistence';
import type { Prisma } from '#libs/persistence';
import { ORDERS_PROJECTION } from '#libs/projections';

type WriteRows = (transaction: Prisma.TransactionClient, events: readonly RecordedEvent[]) => Promise<void>;

/** Where the projection stands in each partition that this process has been given. */
@Injectable()
export class ProjectedPartitions implements PartitionAssignments {
  readonly #next = new Map<string, number>();

  constructor(@Inject(ProjectionStore) private readonly store: ProjectionStore) {}

  async assigned(topic: string, partition: number): Promise<number> {
    const next = await this.store.checkpoint({ projection: ORDERS_PROJECTION, topic, partition });
    this.#next.set(`${topic}/${partition}`, next);
    return next;
  }

  async revoked(topic: string, partition: number): Promise<void> {
    this.#next.delete(`${topic}/${partition}`);
  }

  /**
   * Applies a batch exactly once: rows and checkpoint in one transaction, from where this process knows it stands.
   * @returns how many of the events were new.
   * @throws StaleCheckpointError when another process has moved on from there.
   */
  async apply(events: readonly RecordedEvent[], context: LogBatchContext, write: WriteRows): Promise<number> {
    const { topic, partition, firstOffset, nextOffset } = context;
    const from = this.#next.get(`${topic}/${partition}`);
    if (from === undefined || context.isStale() || nextOffset <= from) return 0;
    if (firstOffset > from) throw new Error(`${topic}/${partition}: ${firstOffset} does not follow ${from}`);
    const unseen = events.filter(({ position }) => position.offset >= from);
    await this.store.advance(
      { projection: ORDERS_PROJECTION, topic, partition },
      from,
      nextOffset,
      async (transaction) => {
        if (unseen.length > 0) await write(transaction, unseen);
      },
    );
    this.#next.set(`${topic}/${partition}`, nextOffset);
    return unseen.length;
  }
}
