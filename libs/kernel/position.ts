/** One partition of the log: the unit of order, of ownership and of checkpoints. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `orders/3`: a key for maps and position vectors, and the name in logs and answers. */
export const topicPartitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;

/** A place in the log. Offsets stay far below 2^53, so a number holds them exactly. */
export interface Position extends TopicPartition {
  readonly offset: number;
}

const FORMAT = /^([a-zA-Z0-9._-]{1,249})\/(\d{1,9})@(\d{1,15})$/;

export const POSITION_PATTERN = FORMAT.source.replaceAll('\\/', '/');

/** `orders/3@17`, as in the `Orderstream-Position` header. */
export const formatPosition = (position: Position): string =>
  `${topicPartitionKey(position)}@${position.offset}`;

/** The inverse of {@link formatPosition}; `undefined` if the text is not a position. */
export function parsePosition(text: string): Position | undefined {
  const match = FORMAT.exec(text);
  if (!match) return undefined;
  const [, topic, partition, offset] = match as unknown as [string, string, string, string];
  return { topic, partition: Number(partition), offset: Number(offset) };
}
