import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { Counter } from 'prom-client';
import { LogBatchContext, LogBatches, PassThroughFilter } from '#libs/event-store-kafka';
import type { RecordedEvent } from '#libs/kernel';
import { loadOrders, saveOrders, saveTimeline } from '#libs/persistence';
import { foldOrders, ORDERS_PROJECTION, ORDERS_TOPIC, orderIdsOf } from '#libs/projections';
import { ProjectedPartitions } from './projected-partitions.js';

/** Which of the process's log consumers calls the handlers here. */
export const PROJECTOR = Symbol('projector');

const projected = new Counter({
  name: 'orderstream_events_projected_total',
  help: 'Events applied to a read model.',
  labelNames: ['projection'],
});

/** Builds the order read models. */
@Controller()
@UseFilters(PassThroughFilter)
export class OrdersProjector {
  constructor(private readonly partitions: ProjectedPartitions) {}

  @LogBatches(ORDERS_TOPIC, PROJECTOR)
  async project(@Payload() events: readonly RecordedEvent[], @Ctx() context: LogBatchContext): Promise<void> {
    const applied = await this.partitions.apply(events, context, async (transaction, unseen) => {
      const before = await loadOrders(transaction, orderIdsOf(unseen));
      await saveOrders(transaction, foldOrders(before, unseen));
      await saveTimeline(transaction, unseen);
    });
    projected.inc({ projection: ORDERS_PROJECTION }, applied);
  }
}
