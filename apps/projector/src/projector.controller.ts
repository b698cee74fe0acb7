import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { LoggedEvent } from '#libs/contracts';
import { LogBatchContext, LogBatches, PassThroughFilter } from '#libs/event-store-kafka';
import { PROJECTED_TOPICS, ProjectedPartitions } from './projected-partitions.js';

/** Which of the process's log consumers calls the handlers here. */
export const PROJECTOR = Symbol('projector');

/** Builds the read models. */
@Controller()
@UseFilters(PassThroughFilter)
export class ProjectorController {
  constructor(private readonly partitions: ProjectedPartitions) {}

  @LogBatches(PROJECTED_TOPICS, PROJECTOR)
  async project(@Payload() events: readonly LoggedEvent[], @Ctx() context: LogBatchContext): Promise<void> {
    if (context.isStale()) return;
    const { topic, partition, firstOffset: first, nextOffset: next, unreadable } = context;
    const what = unreadable === undefined ? {} : { unreadable };
    await this.partitions.apply({ topic, partition, first, next, events, ...what });
  }
}
