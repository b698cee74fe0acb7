import {
  formatInstant,
  type Instant,
  type LogReader,
  parseInstant,
  parsePosition,
  type Position,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import type { WantedPartition } from './manifest.js';

/** Where a range begins or ends: when events were appended, or positions by partition. */
export type Bound = { readonly time: Instant } | { readonly positions: readonly Position[] };

const DAY = /^\d{4}-\d\d-\d\d$/;

/** @returns `undefined` for what is neither a time, a day nor positions */
export function parseBound(text: string): Bound | undefined {
  const time = parseInstant(DAY.test(text) ? `${text}T00:00:00Z` : text);
  if (time !== undefined) return { time };
  const positions = text.split(',').map((part) => parsePosition(part.trim()));
  return positions.every((position) => position !== undefined) ? { positions } : undefined;
}

type Offsets = Pick<LogReader, 'startOffsets' | 'endOffsets' | 'offsetsForTime'>;

/**
 * The offsets between the bounds, of what the log has now. A partition that a bound does not name is wanted from its
 * beginning, or to its end.
 * @throws for a position of a partition that the topics do not have, and for times that have nothing between them
 */
export async function wantedRanges(
  log: Offsets,
  topics: readonly string[],
  from: Bound | undefined,
  to: Bound | undefined,
): Promise<WantedPartition[]> {
  refuseEmptyTime(from, to);
  const ends = await log.endOffsets(topics);
  const starts = offsetsByPartition(await log.startOffsets(topics));
  const first = await offsetsAt(log, topics, ends, from);
  const last = await offsetsAt(log, topics, ends, to);
  return ends
    .toSorted((a, b) => a.topic.localeCompare(b.topic) || a.partition - b.partition)
    .map(({ topic, partition, offset: end }) => {
      const key = topicPartitionKey({ topic, partition });
      const start = Math.max(starts.get(key) ?? 0, first.get(key) ?? 0);
      return { topic, partition, range: [start, Math.min(end, last.get(key) ?? end)] };
    });
}

/** Nobody asks for nothing: the times were swapped, or the last day was thought to be included. */
function refuseEmptyTime(from: Bound | undefined, to: Bound | undefined): void {
  if (!from || !to || !('time' in from) || !('time' in to) || from.time < to.time) return;
  throw new Error(
    `nothing is from ${formatInstant(from.time)} on and before ${formatInstant(to.time)}: the end of a range is not included`,
  );
}

async function offsetsAt(
  log: Offsets,
  topics: readonly string[],
  partitions: readonly TopicPartition[],
  bound: Bound | undefined,
): Promise<ReadonlyMap<string, number>> {
  if (!bound) return new Map();
  if ('time' in bound) return offsetsByPartition(await log.offsetsForTime(topics, bound.time));
  const known = new Set(partitions.map(topicPartitionKey));
  const stranger = bound.positions.find((position) => !known.has(topicPartitionKey(position)));
  if (stranger) throw new Error(`there is no partition ${topicPartitionKey(stranger)} in what is exported`);
  return offsetsByPartition(bound.positions);
}

const offsetsByPartition = (positions: readonly Position[]): Map<string, number> =>
  new Map(positions.map((position) => [topicPartitionKey(position), position.offset]));
