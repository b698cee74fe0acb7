import type { EncodedEvent, PartitionAppender } from '#libs/event-store';

interface Waiting {
  readonly events: readonly EncodedEvent[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What remains of a partition writer when nothing is decided: one append at a time, of all that has queued up
 * meanwhile.
 */
export class GroupedAppends {
  #queue: Waiting[] = [];
  #appending = false;

  constructor(private readonly appender: PartitionAppender) {}

  append(events: readonly EncodedEvent[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ events, resolve, reject });
      if (!this.#appending) void this.#appendAll();
    });
  }

  async #appendAll(): Promise<void> {
    this.#appending = true;
    // All who call in this turn of the event loop come along.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      try {
        await this.appender.append(group.flatMap(({ events }) => events));
        for (const { resolve } of group) resolve();
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#appending = false;
  }
}
