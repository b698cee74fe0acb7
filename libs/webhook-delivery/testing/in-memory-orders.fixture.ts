import { InMemoryPartition } from '#libs/testing';
import { someMetadata } from '#libs/orders/testing';
import type { SizedEvent } from '#libs/kernel';

/** One partition, filled with events of orders. */
export class InMemoryOrders extends InMemoryPartition<SizedEvent> {
  constructor(
    topic = 'orders',
    partition = 3,
    batchEvents = 10,
    /** The size of each event appended from now on. */
    public bytes = 1,
  ) {
    super(topic, partition, batchEvents);
  }

  append(streamId: string, type = 'order.confirmed', tenant = 'acme'): SizedEvent {
    const offset = this.end;
    return this.put({
      bytes: this.bytes,
      type,
      data: { orderId: streamId },
      metadata: someMetadata({
        eventId: `event-${offset}`,
        streamId,
        version: this.events.filter(({ metadata }) => metadata.streamId === streamId).length + 1,
        commandId: `command-${offset}`,
        tenant,
      }),
    });
  }
}
