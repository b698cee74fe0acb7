import { Inject, Injectable } from '@nestjs/common';
import { KafkaEventLog, type LogBatchContext, type PartitionAssignments } from '#libs/event-store-kafka';
import { formatPosition, type Position, type RecordedEvent } from '#libs/kernel';
import { ProjectionStore } from '#libs/persistence';
import type { Projection } from './projection.js';
import { projectionOf } from './projections.js';

/** Where the projections stand in each partition that this process has been given. */
@Injectable()
export class ProjectedPartitions implements PartitionAssignments {
  readonly #next = new Map<string, number>();

  constructor(
    @Inject(ProjectionStore) private readonly store: ProjectionStore,
    @Inject(KafkaEventLog) private readonly log: Pick<KafkaEventLog, 'read'>,
  ) {}

  async assigned(topic: string, partition: number): Promise<number> {
    const { name: projection } = projectionOf(topic);
    const next = await this.store.checkpoint({ projection, topic, partition });
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
  async apply(
    { name, write }: Projection,
    events: readonly RecordedEvent[],
    context: LogBatchContext,
  ): Promise<number> {
    const { topic, partition, firstOffset, nextOffset } = context;
    const from = this.#next.get(`${topic}/${partition}`);
    if (from === undefined || context.isStale() || nextOffset <= from) return 0;
    if (firstOffset > from) await this.#expectNoEvents({ topic, partition, offset: from }, firstOffset);
    const unseen = events.filter(({ position }) => position.offset >= from);
    await this.store.advance(
      { projection: name, topic, partition },
      from,
      nextOffset,
      async (transaction) => {
        if (unseen.length > 0) await write(transaction, unseen);
      },
    );
    this.#next.set(`${topic}/${partition}`, nextOffset);
    return unseen.length;
  }

  /** The consumer passes over control records, such as a writer's claim, without a word when no event comes with them. */
  async #expectNoEvents(from: Position, end: number): Promise<void> {
    for await (const [missed] of this.log.read(from, end)) {
      if (missed) throw new Error(`${formatPosition(missed.position)} was passed over`);
    }
  }
}
