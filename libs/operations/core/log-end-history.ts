import { type Position, topicPartitionKey, type TopicPartition } from '#libs/kernel';

/** The end of a partition, and when it was first seen there. */
interface SeenEnd {
  readonly at: number;
  readonly offset: number;
}

/** How long something has been behind the log. */
export interface Lateness {
  readonly ms: number;
  /** It was behind already when the history began. */
  readonly isAtLeast: boolean;
}

/**
 * Remembers when the log grew, and so tells how old the first event is that a reader has not read: exact to the time between
 * two looks, without reading the event. Holds what was seen within `keepMs`.
 */
export class LogEndHistory {
  readonly #ends = new Map<string, SeenEnd[]>();

  constructor(private readonly keepMs: number) {}

  /** @param now milliseconds on a clock that never goes back */
  look(ends: readonly Position[], now: number): void {
    for (const end of ends) {
      const key = topicPartitionKey(end);
      const seen = this.#ends.get(key) ?? [];
      if ((seen.at(-1)?.offset ?? -1) < end.offset) seen.push({ at: now, offset: end.offset });
      // The newest one that is too old still says where the partition stood when the history begins.
      const begin = seen.findLastIndex(({ at }) => at < now - this.keepMs);
      this.#ends.set(key, begin > 0 ? seen.slice(begin) : seen);
    }
  }

  /** `undefined` if it is not behind, or nothing is known of the partition. */
  lateness(at: TopicPartition, nextOffset: number, now: number): Lateness | undefined {
    const seen = this.#ends.get(topicPartitionKey(at)) ?? [];
    const index = seen.findIndex(({ offset }) => offset > nextOffset);
    const first = seen[index];
    return first && { ms: Math.max(0, now - first.at), isAtLeast: index === 0 };
  }
}
