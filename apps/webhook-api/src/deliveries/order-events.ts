import { Injectable } from '@nestjs/common';
import { EventCodec } from '#libs/contracts';
import { ProblemException } from '#libs/platform';
import { OrderTimelineRepository } from '#libs/projections/read-models';

/** An order has some ten events, unless somebody makes more on purpose. */
const MOST_EVENTS = 500;

/**
 * Finds the ids of an order's events, by which the delivery log is indexed. An index of the log by order would cost every
 * attempt a tenth of its write, for a question that people ask now and then.
 */
@Injectable()
export class OrderEvents {
  constructor(
    private readonly timeline: OrderTimelineRepository,
    private readonly codec: EventCodec,
  ) {}

  /**
   * The ids of the events that a list is about; `undefined` for any.
   * @throws ProblemException while the schema registry does not answer
   */
  async wanted(
    tenant: string,
    { eventId, orderId }: { readonly eventId?: string | undefined; readonly orderId?: string | undefined },
  ): Promise<readonly string[] | undefined> {
    if (orderId === undefined) return eventId === undefined ? undefined : [eventId];
    const ids = await this.#idsOf(tenant, orderId);
    return eventId === undefined ? ids : ids.filter((id) => id === eventId.toLowerCase());
  }

  async #idsOf(tenant: string, orderId: string): Promise<readonly string[]> {
    const { items } = await this.timeline.find(tenant, orderId, 1, MOST_EVENTS);
    try {
      const { events } = await this.codec.decodeReadable(items);
      return events.map(({ metadata }) => metadata.eventId);
    } catch (cause) {
      throw new ProblemException('unavailable', 'The schema registry does not answer now.', { cause });
    }
  }
}
