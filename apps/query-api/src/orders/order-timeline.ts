import { Injectable, Logger } from '@nestjs/common';
import { EventCodec, type EventDecodingError, type LoggedEvent, type ReadableEvents } from '#libs/contracts';
import { formatPosition, type Stream } from '#libs/kernel';
import type { OrderState } from '#libs/orders';
import type { FoundPage } from '#libs/postgres';
import { orderAt, type OrderMoment, OrderTimelineRepository } from '#libs/projections/read-models';
import { ProblemException } from '#libs/platform';

/** Events in memory at once; an order may have thousands. */
const PAGE = 200;

/** Reads the history of orders from the log, with the current upcasters. Every failure is a problem. */
@Injectable()
export class OrderTimeline {
  readonly #logger = new Logger(OrderTimeline.name);

  constructor(
    private readonly repository: OrderTimelineRepository,
    private readonly codec: EventCodec,
  ) {}

  /** The events of an order from a version on, oldest first. */
  async page(
    tenant: string,
    orderId: string,
    fromVersion: number,
    limit: number,
  ): Promise<FoundPage<LoggedEvent>> {
    const { events, failure, hasMore } = await this.#read(tenant, orderId, fromVersion, limit);
    if (failure) throw unreadable(failure);
    return { items: events, hasMore };
  }

  /** A past state of the order; `undefined` if it had not reached that point. */
  async orderAt(
    tenant: string,
    orderId: string,
    moment: OrderMoment,
  ): Promise<Stream<OrderState> | undefined> {
    return orderAt(this.#all(tenant, orderId), moment);
  }

  async *#all(tenant: string, orderId: string): AsyncGenerator<LoggedEvent> {
    let fromVersion = 1;
    for (;;) {
      const { events, failure, hasMore } = await this.#read(tenant, orderId, fromVersion, PAGE);
      yield* events;
      if (failure) throw unreadable(failure);
      const last = events.at(-1);
      if (!last || !hasMore) return;
      fromVersion = last.metadata.version + 1;
    }
  }

  async #read(
    tenant: string,
    orderId: string,
    fromVersion: number,
    limit: number,
  ): Promise<ReadableEvents & { readonly hasMore: boolean }> {
    const { items, hasMore } = await this.repository.find(tenant, orderId, fromVersion, limit);
    try {
      return { ...(await this.codec.decodeReadable(items)), hasMore };
    } catch (cause) {
      this.#logger.warn({ err: cause }, 'schemas cannot be looked up');
      throw new ProblemException('unavailable', 'The schema registry does not answer now.', { cause });
    }
  }
}

const unreadable = (cause: EventDecodingError): ProblemException =>
  new ProblemException('internal-error', `The event at ${formatPosition(cause.position)} cannot be read.`, {
    cause,
  });
