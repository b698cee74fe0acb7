import { Controller, UseFilters } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { EVENT_TOPICS, type LoggedEvent } from '#libs/contracts';
import { LogBatchContext, LogBatches, PassThroughFilter } from '#libs/event-store-kafka';
import { sizedEvent } from '#libs/dispatching';
import { SUBSCRIPTIONS_TOPIC } from '#libs/projections';
import { DispatchedPartitions } from './dispatched-partitions.js';
import { FeedPoll } from './feed-poll.js';

/** Which of the process's log consumers calls the handlers here. */
export const WEBHOOK_DISPATCHER = Symbol('webhook-dispatcher');

/** Hands what is new in the log on, as it comes; it never waits for a subscriber. */
@Controller()
@UseFilters(PassThroughFilter)
export class TailController {
  constructor(
    private readonly partitions: DispatchedPartitions,
    private readonly poll: FeedPoll,
  ) {}

  @LogBatches(EVENT_TOPICS, WEBHOOK_DISPATCHER)
  append(@Payload() events: readonly LoggedEvent[], @Ctx() context: LogBatchContext): void {
    const { topic, partition, firstOffset: first, nextOffset: next, unreadable } = context;
    if (topic === SUBSCRIPTIONS_TOPIC && events.length > 0) this.poll.expect();
    this.partitions.append({ topic, partition }, { first, events: events.map(sizedEvent), next });
    // Whom it is owed to cannot be told either: the partition waits for code that can read it.
    if (unreadable !== undefined) throw new Error(unreadable);
  }
}
