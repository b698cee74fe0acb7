import {
  formatPosition,
  type Instant,
  type LogReader,
  parseInstant,
  parsePosition,
  type Position,
  topicPartitionKey,
} from '#libs/kernel';

/** Where a projection begins. Partitions that the positions do not name are read from the beginning. */
export type StartAt =
  | { readonly kind: 'beginning' }
  | { readonly kind: 'time'; readonly time: Instant }
  | { readonly kind: 'positions'; readonly positions: readonly Position[] };

/** A start that cannot be parsed, or that the log does not contain. */
export class StartAtError extends Error {
  override readonly name = 'StartAtError';
}

const BEGINNING = 'beginning';
const FORMATS = `${BEGINNING}, a time such as 2026-11-21T08:00:00Z, or positions such as orders/3@17,orders/4@0`;

/** @throws StartAtError if it cannot be parsed, or names a partition outside the topics */
export function parseStartAt(text: string, topics: readonly string[]): StartAt {
  if (text === BEGINNING) return { kind: 'beginning' };
  const time = parseInstant(text);
  if (time !== undefined) return { kind: 'time', time };
  const named = new Set<string>();
  const positions = text.split(',').map((part) => {
    const position = parsePosition(part.trim());
    if (!position) throw new StartAtError(`a start must be ${FORMATS}; it is ${text}`);
    if (!topics.includes(position.topic))
      throw new StartAtError(`${part}: the topics to read are ${topics.join(', ')}`);
    if (named.has(topicPartitionKey(position)))
      throw new StartAtError(`${topicPartitionKey(position)} is named twice`);
    named.add(topicPartitionKey(position));
    return position;
  });
  return { kind: 'positions', positions };
}

/**
 * The first offset to read in each partition that is not read from the beginning.
 * @throws StartAtError if the log does not contain a position; LogUnavailableError
 */
export async function projectionStartPositions(
  start: StartAt,
  topics: readonly string[],
  log: Pick<LogReader, 'endOffsets' | 'offsetsForTime'>,
): Promise<readonly Position[]> {
  switch (start.kind) {
    case 'beginning':
      return [];
    case 'time':
      return log.offsetsForTime(topics, start.time);
    case 'positions': {
      const wanted = start.positions.filter(({ topic }) => topics.includes(topic));
      const ends = new Map((await log.endOffsets(topics)).map((end) => [topicPartitionKey(end), end.offset]));
      for (const position of wanted) {
        const end = ends.get(topicPartitionKey(position));
        if (end === undefined) throw new StartAtError(`there is no partition ${topicPartitionKey(position)}`);
        if (position.offset > end)
          throw new StartAtError(
            `${formatPosition(position)} is not in the log: ${topicPartitionKey(position)} ends at ${end}`,
          );
      }
      return wanted;
    }
  }
}
