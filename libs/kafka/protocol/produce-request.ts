import type { QueuedBatch } from './produce-queue.js';

const ACKS_OF_ALL = -1;
const NOT_TRANSACTIONAL = -1;

/** Body of a Produce request, version 3 to 8: transactional id, acks, timeout, and the batches by topic. */
export function encodeProduceRequest(batches: readonly QueuedBatch[], timeoutMs: number): Buffer {
  const topics = new Map<string, QueuedBatch[]>();
  for (const batch of batches) {
    const known = topics.get(batch.topic);
    if (known) known.push(batch);
    else topics.set(batch.topic, [batch]);
  }
  const parts: Buffer[] = [];
  const head = Buffer.allocUnsafe(12);
  head.writeInt16BE(NOT_TRANSACTIONAL, 0);
  head.writeInt16BE(ACKS_OF_ALL, 2);
  head.writeInt32BE(timeoutMs, 4);
  head.writeInt32BE(topics.size, 8);
  parts.push(head);
  for (const [topic, partitions] of topics) {
    const name = Buffer.from(topic);
    const start = Buffer.allocUnsafe(6 + name.length);
    start.writeInt16BE(name.length, 0);
    name.copy(start, 2);
    start.writeInt32BE(partitions.length, 2 + name.length);
    parts.push(start);
    for (const { partition, batch } of partitions) {
      const each = Buffer.allocUnsafe(8);
      each.writeInt32BE(partition, 0);
      each.writeInt32BE(batch.length, 4);
      parts.push(each, batch);
    }
  }
  return Buffer.concat(parts);
}
