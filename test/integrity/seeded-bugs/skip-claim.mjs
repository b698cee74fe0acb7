/**
 * Seeded bug: an instance that is assigned a partition just appends to it, each as a producer of its own, and relies on the
 * group to have one member for each partition. A member that wakes up after its time has two.
 */
import { randomUUID } from 'node:crypto';
import { FencedAppender } from '../../../dist/libs/kafka/fencing/fenced-appender.js';

const TRANSACTION_TIMEOUT_MS = 5_000;
const holds = new WeakMap();

Object.defineProperty(FencedAppender.prototype, 'renewalDue', { get: () => false });

FencedAppender.prototype.claim = async function claim() {
  const { protocol, topic, partition } = this.target;
  const producer = await protocol.initProducer(`unfenced-${randomUUID()}`, TRANSACTION_TIMEOUT_MS);
  holds.set(this, { producer, sequence: 0 });
  return { end: await protocol.endOffset(topic, partition) };
};

FencedAppender.prototype.append = async function append(events) {
  const { protocol, topic, partition } = this.target;
  const hold = holds.get(this);
  const offset = await protocol.produce(topic, partition, hold.producer, hold.sequence, events);
  hold.sequence += events.length;
  return offset;
};
