import { isFenceRecord, isForeign } from '#libs/contracts';
import type { FetchedRecord } from '../protocol/fetch-answer.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';

const LAST_EPOCH = 32_767;

/** Explains the record to people who inspect the topic with other tools. */
const HEADERS = { 'orderstream-fence': 'this record holds no event' };

type Record = Pick<FetchedRecord, 'key' | 'value'> & { readonly isControlRecord?: boolean };

/** Whether an owner of the partition appended the record: it is not a marker, a fence or a foreign record. */
export const isOwnersRecord = (topic: string, record: Record & Pick<FetchedRecord, 'marks'>): boolean =>
  !record.isControlRecord && !isFenceRecord(record) && !isForeign(topic, record.marks);

/** @returns the record's offset, or an earlier one's, because the broker treats a repeat as a duplicate */
export const writeFenceRecord = (
  protocol: KafkaProtocol,
  topic: string,
  partition: number,
  producerId: string,
): Promise<number> =>
  protocol.produce(topic, partition, { producerId, producerEpoch: LAST_EPOCH }, 0, [
    { key: null, value: null, headers: HEADERS },
  ]);

/**
 * Returns the other producer ids whose appends the partition's leader would still accept. Looking back to the last event
 * is enough, because its producer fenced all earlier ones.
 */
export function unfencedProducers(
  topic: string,
  records: readonly (Record & Pick<FetchedRecord, 'producerId' | 'marks'>)[],
  own: string,
): string[] {
  const last = records.findLastIndex((record) => isOwnersRecord(topic, record));
  const open = new Set<string>();
  for (const record of records.slice(Math.max(0, last))) {
    if (isFenceRecord(record)) open.delete(record.producerId);
    else open.add(record.producerId);
  }
  open.delete(own);
  // A foreign record without a producer id; no record can fence that.
  open.delete('-1');
  return [...open];
}
