/** One partition of the log: the unit of order, of ownership and of checkpoints. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** `orders/3`: a key for maps and position vectors, and the name in logs and answers. */
export const topicPartitionKey = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`;
