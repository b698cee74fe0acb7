import type { EventBatch } from '#libs/kernel';
import { Controller, Inject, type Type, UseFilters } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { LoggedEvent } from '#libs/contracts';
import { LogBatches, PassThroughFilter } from '#libs/kafka';
import { ProjectedPartitions } from './projected-partitions.js';

/** The handler of these topics' batches. Each group needs its own class, because Nest finds handlers by decorators. */
export function projectionController(topics: readonly string[], transportId: symbol): Type<unknown> {
  @Controller()
  @UseFilters(PassThroughFilter)
  class ProjectionController {
    constructor(@Inject(ProjectedPartitions) private readonly partitions: ProjectedPartitions) {}

    @LogBatches(topics, transportId)
    async project(@Payload() batch: EventBatch<LoggedEvent>): Promise<void> {
      await this.partitions.apply(batch);
    }
  }
  return ProjectionController;
}
