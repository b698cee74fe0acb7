import { Inject, Injectable } from '@nestjs/common';
import { EVENT_TOPICS } from '#libs/contracts';
import { KafkaEventLog } from '#libs/kafka';
import {
  formatPosition,
  type Position,
  systemClock,
  topicPartitionKey,
  type TopicPartition,
} from '#libs/kernel';
import { type Lateness, LogEndHistory, RecentAnswer } from '#libs/operations/core';
import { LRUCache } from 'lru-cache';
import pLimit from 'p-limit';

/** As long as the series of the overview. */
const KEEP_MS = 600_000;
const MAX_AGE_MS = 1_000;
/** Whoever looks gets all else without the ends when Kafka is away. */
const PATIENCE_MS = 2_000;
/** A reader that is further behind has events to read. */
const MOST_CONTROL_RECORDS = 200;
/** That many are in it. */
const LOOK_BYTES = 65_536;
const LOOKS_AT_ONCE = 8;
const MOST_KNOWN = 5_000;

/** Where the log ends, and since when: asked for at most once a second. */
@Injectable()
export class LogStanding {
  readonly #history = new LogEndHistory(KEEP_MS);
  readonly #ends: RecentAnswer<readonly Position[] | undefined>;

  /** The end up to which nothing comes after a position but control records. */
  readonly #quietUntil = new LRUCache<string, number>({ max: MOST_KNOWN });
  readonly #looks = pLimit(LOOKS_AT_ONCE);

  constructor(@Inject(KafkaEventLog) private readonly log: Pick<KafkaEventLog, 'endOffsets' | 'fetch'>) {
    this.#ends = new RecentAnswer(() => this.#look(), MAX_AGE_MS, systemClock);
  }

  /** `undefined` while Kafka does not answer. */
  ends(): Promise<readonly Position[] | undefined> {
    return this.#ends.answer();
  }

  /** How old the first event is that a reader has not read; `undefined` if it has read all. */
  lateness(at: TopicPartition, nextOffset: number): Lateness | undefined {
    return this.#history.lateness(at, nextOffset, systemClock.monotonic());
  }

  /**
   * The same checkpoints, but at the end where no event is left to read. A writer that takes over a partition leaves a control
   * record, which no checkpoint passes before the next event: a quiet partition would seem to be behind for ever.
   */
  async pastControlRecords<Checkpoint extends TopicPartition & { readonly nextOffset: number }>(
    checkpoints: readonly Checkpoint[],
    ends: readonly Position[] | undefined,
  ): Promise<Checkpoint[]> {
    const endOf = new Map(ends?.map((end) => [topicPartitionKey(end), end.offset]));
    return Promise.all(
      checkpoints.map(async (checkpoint) => {
        const end = endOf.get(topicPartitionKey(checkpoint)) ?? 0;
        const lag = end - checkpoint.nextOffset;
        if (lag <= 0 || lag > MOST_CONTROL_RECORDS || !(await this.#isQuiet(checkpoint, end)))
          return checkpoint;
        return { ...checkpoint, nextOffset: end };
      }),
    );
  }

  async #isQuiet(
    { topic, partition, nextOffset: offset }: TopicPartition & { nextOffset: number },
    end: number,
  ) {
    const key = formatPosition({ topic, partition, offset });
    if (this.#quietUntil.get(key) === end) return true;
    try {
      const { events, next, unreadable } = await this.#looks(() =>
        this.log.fetch({ topic, partition, offset }, LOOK_BYTES),
      );
      const isQuiet = events.length === 0 && next >= end && unreadable === undefined;
      if (isQuiet) this.#quietUntil.set(key, end);
      return isQuiet;
    } catch {
      // It counts as behind until the log tells otherwise.
      return false;
    }
  }

  async #look(): Promise<readonly Position[] | undefined> {
    const over = new AbortController();
    const asked = this.log.endOffsets(EVENT_TOPICS).catch(() => undefined);
    const ends = await Promise.race([
      asked,
      systemClock.sleep(PATIENCE_MS, over.signal).then(() => undefined),
    ]);
    over.abort();
    if (ends) this.#history.look(ends, systemClock.monotonic());
    return ends;
  }
}
