import { InMemoryLog } from '#libs/testing';
import type { SizedEvent } from '#libs/kernel';
import { InMemoryOrders } from './in-memory-orders.fixture.js';

export const TOPICS = ['inventory', 'orders'];

const BATCH_EVENTS = 3;
const EVENT_BYTES = 10;

/** Topics `inventory` (of one partition) and `orders` (of two). */
export class SomeTopics extends InMemoryLog<SizedEvent, InMemoryOrders> {
  constructor() {
    super([partitionOf('inventory', 0), partitionOf('orders', 0), partitionOf('orders', 1)]);
  }

  partition(index: number): InMemoryOrders {
    return this.partitions[index % this.partitions.length]!;
  }
}

const partitionOf = (topic: string, partition: number): InMemoryOrders =>
  new InMemoryOrders(topic, partition, BATCH_EVENTS, EVENT_BYTES);
