import { Controller, type Type, UseFilters } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { LoggedEvent } from '#libs/contracts';
import { LogBatches, PassThroughFilter } from '#libs/kafka';
import type { EventBatch } from '#libs/kernel';
import { ProcessManager } from './process-manager.js';

/** The handler of these topics' batches. */
export function processController(topics: readonly string[], transportId: symbol): Type<unknown> {
  @Controller()
  @UseFilters(PassThroughFilter)
  class ProcessFeederController {
    constructor(private readonly manager: ProcessManager) {}

    @LogBatches(topics, transportId)
    async feed(@Payload() batch: EventBatch<LoggedEvent>): Promise<void> {
      await this.manager.feeder.feed(batch);
      // Whose process the record concerns is unknown, so the partition waits for code that can read it.
      if (batch.unreadable !== undefined) throw new Error(batch.unreadable);
    }
  }
  return ProcessFeederController;
}
