import type { LoggedEvent } from '#libs/contracts';
import { newId } from '#libs/kernel';
import { someOrderEvent } from '#libs/orders/testing';
import { InMemoryLog, InMemoryPartition } from '#libs/testing';

/** Orders in memory. */
export class OrderLog extends InMemoryLog<LoggedEvent> {
  constructor(partitions: number, batchEvents: number) {
    super(
      Array.from(
        { length: partitions },
        (_, partition) => new InMemoryPartition('orders', partition, batchEvents),
      ),
    );
  }

  get fetches(): number {
    return this.partitions.reduce((sum, { reads }) => sum + reads.length, 0);
  }

  forgetFetches(): void {
    for (const { reads } of this.partitions) reads.length = 0;
  }

  /** An order, and a second event of it. */
  append(partition: number): void {
    const orderId = newId();
    for (const version of [1, 2]) this.put(partition, orderId, version);
  }

  put(partition: number, orderId: string, version: number): void {
    const steps = ['confirmed', 'shipped', 'delivered', 'completed'] as const;
    const event = someOrderEvent(orderId, version, steps[version - 2]);
    this.partitions[partition]?.put({ ...event, value: Buffer.from(event.metadata.eventId) });
  }
}
