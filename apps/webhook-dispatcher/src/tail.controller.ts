import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import type { EventBatch } from '#libs/kernel';
import { Controller, UseFilters } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { TENANT_EVENT_TOPICS, type LoggedEvent, sizedBatch } from '#libs/contracts';
import { LogBatches, PassThroughFilter } from '#libs/kafka';
import { DispatchedPartitions } from '#libs/webhook-delivery/core';
import { FeedPoll } from '#libs/webhook-delivery/dispatcher';

/** The log consumer that calls the handlers here. */
export const WEBHOOK_DISPATCHER = Symbol('webhook-dispatcher');

/** Passes new events on as they arrive and never waits for a subscriber. */
@Controller()
@UseFilters(PassThroughFilter)
export class TailController {
  constructor(
    private readonly partitions: DispatchedPartitions,
    private readonly poll: FeedPoll,
  ) {}

  @LogBatches(TENANT_EVENT_TOPICS, WEBHOOK_DISPATCHER)
  append(@Payload() batch: EventBatch<LoggedEvent>): void {
    if (batch.topic === SUBSCRIPTION_AGGREGATE.topic && batch.events.length > 0) this.poll.expect();
    this.partitions.append(sizedBatch(batch));
    // Its subscribers cannot be determined, so the partition waits for code that can read it.
    if (batch.unreadable !== undefined) throw new Error(batch.unreadable);
  }
}
