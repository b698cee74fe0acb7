import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EVENT_TOPICS } from '#libs/contracts';
import { LogBatchContext, LogBatches, PassThroughFilter } from '#libs/event-store-kafka';
import type { RecordedEvent } from '#libs/kernel';
import { DispatchedPartitions } from './dispatched-partitions.js';

/** Which of the process's log consumers calls the handlers here. */
export const WEBHOOK_DISPATCHER = Symbol('webhook-dispatcher');

/** Hands what is new in the log on, as it comes; it never waits for a subscriber. */
@Controller()
@UseFilters(PassThroughFilter)
export class TailController {
  constructor(private readonly partitions: DispatchedPartitions) {}

  @LogBatches(EVENT_TOPICS, WEBHOOK_DISPATCHER)
  append(@Payload() events: readonly RecordedEvent[], @Ctx() context: LogBatchContext): void {
    const { topic, partition, firstOffset: first, nextOffset: next } = context;
    this.partitions.append(topic, partition, { first, events, next });
  }
}
