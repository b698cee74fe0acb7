import { parsePosition, topicPartitionKey } from '#libs/kernel';

/** The latest position of each partition that a client was told. */
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

  /** In the form of the header. */
  toString(): string {
    return [...this.#offsets].map(([partition, offset]) => `${partition}@${offset}`).join(', ');
  }
}
