import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Counter } from 'prom-client';
import { LogBatchContext, LogBatches, PassThroughFilter } from '#libs/event-store-kafka';
import type { RecordedEvent } from '#libs/kernel';
import { ProjectedPartitions } from './projected-partitions.js';
import { PROJECTED_TOPICS, projectionOf } from './projections.js';

/** Which of the process's log consumers calls the handlers here. */
export const PROJECTOR = Symbol('projector');

const projected = new Counter({
  name: 'orderstream_events_projected_total',
  help: 'Events applied to a read model.',
  labelNames: ['projection'],
});

/** Builds the read models. */
@Controller()
@UseFilters(PassThroughFilter)
export class ProjectorController {
  constructor(private readonly partitions: ProjectedPartitions) {}

  @LogBatches(PROJECTED_TOPICS, PROJECTOR)
  async project(@Payload() events: readonly RecordedEvent[], @Ctx() context: LogBatchContext): Promise<void> {
    const projection = projectionOf(context.topic);
    const applied = await this.partitions.apply(projection, events, context);
    projected.inc({ projection: projection.name }, applied);
  }
}
