import { Controller, Inject, type Type, UseFilters } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { LoggedEvent } from '#libs/contracts';
import { LogBatchContext, LogBatches, PassThroughFilter } from '#libs/event-store-kafka';
import { ProjectedPartitions } from './projected-partitions.js';

/** The handler of these topics' batches. A class for each group: Nest finds handlers by what stands above them. */
export function projectionController(topics: readonly string[], transportId: symbol): Type<unknown> {
  @Controller()
  @UseFilters(PassThroughFilter)
  class ProjectionController {
    constructor(@Inject(ProjectedPartitions) private readonly partitions: ProjectedPartitions) {}

    @LogBatches(topics, transportId)
    async project(@Payload() events: readonly LoggedEvent[], @Ctx() context: LogBatchContext): Promise<void> {
      if (context.isStale()) return;
      const { topic, partition, firstOffset: first, nextOffset: next, unreadable } = context;
      const what = unreadable === undefined ? {} : { unreadable };
      await this.partitions.apply({ topic, partition, first, next, events, ...what });
    }
  }
  return ProjectionController;
}
