import { parsePosition, topicPartitionKey } from '#libs/kernel';

/** What a client keeps of the positions that it was answered: the last of each partition. */
export class LatestPositions {
  readonly #offsets = new Map<string, number>();

  add(text: string): void {
    const position = parsePosition(text);
    if (!position) throw new Error(`an answer without a position: ${JSON.stringify(text)}`);
    const partition = topicPartitionKey(position);
    this.#offsets.set(partition, Math.max(position.offset, this.#offsets.get(partition) ?? 0));
  }

  get partitions(): readonly string[] {
    return [...this.#offsets.keys()];
  }

  of(topic: string, partition: number): number | undefined {
    return this.#offsets.get(topicPartitionKey({ topic, partition }));
  }

  /** As in the header. */
  toString(): string {
    return [...this.#offsets].map(([partition, offset]) => `${partition}@${offset}`).join(', ');
  }
}
