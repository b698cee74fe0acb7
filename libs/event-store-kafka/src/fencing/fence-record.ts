import { isForeign } from '#libs/contracts';
import type { FetchedRecord } from '../protocol/fetch-answer.js';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';

/** No epoch comes after it. */
const LAST_EPOCH = 32_767;

/** Names the record to people who look at the topic with tools of their own. */
const HEADERS = { 'orderstream-fence': 'this record holds no event' };

type Record = Pick<FetchedRecord, 'key' | 'value'> & { readonly isControlRecord?: boolean };

/** A record without key and value shuts a former producer id out. It is no event: every reader passes over it. */
export const isFenceRecord = ({ key, value, isControlRecord }: Record): boolean =>
  !isControlRecord && key === null && value === null;

/** Whether an owner of the partition has appended it: not a marker, a fence, or somebody else's record. */
export const isOwnersRecord = (topic: string, record: Record & Pick<FetchedRecord, 'marks'>): boolean =>
  !record.isControlRecord && !isFenceRecord(record) && !isForeign(topic, record.marks);

/** @returns its offset, which may be that of an earlier one: the broker takes a repeat for a duplicate. */
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
 * The producer ids, but one's own, that the partition's leader would still take appends from. Looking back to the last
 * event is enough: whoever appended it has shut out all who came before.
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
  // Written without a producer id, by somebody who should not: no record can shut that out.
  open.delete('-1');
  return [...open];
}
