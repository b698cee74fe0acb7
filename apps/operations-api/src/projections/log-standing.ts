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

interface QuietStretch {
  readonly until: number;
  /** An event is there: whatever comes later, the stretch ends here. */
  readonly endsAtEvent: boolean;
}

/** Where the log ends, and since when: asked for at most once a second. */
@Injectable()
export class LogStanding {
  readonly #history = new LogEndHistory(KEEP_MS);
  readonly #ends: RecentAnswer<readonly Position[] | undefined>;

  /** How far nothing comes after a position but control records. */
  readonly #quietUntil = new LRUCache<string, QuietStretch>({ max: MOST_KNOWN });
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
   * The same checkpoints, but at the first event that is left to read, or at the end where none is. A writer that takes over
   * a partition leaves a control record, which no checkpoint passes before the next event: a quiet partition would seem to be
   * behind for ever, and the next event in it as old as that record.
   */
  async pastControlRecords<Checkpoint extends TopicPartition & { readonly nextOffset: number }>(
    checkpoints: readonly Checkpoint[],
    ends: readonly Position[] | undefined,
  ): Promise<Checkpoint[]> {
    const endOf = new Map(ends?.map((end) => [topicPartitionKey(end), end.offset]));
    return Promise.all(
      checkpoints.map(async (checkpoint) => {
        const end = endOf.get(topicPartitionKey(checkpoint)) ?? 0;
        if (end <= checkpoint.nextOffset) return checkpoint;
        return { ...checkpoint, nextOffset: await this.#firstUnread(checkpoint, end) };
      }),
    );
  }

  /** The offset of the first event from a checkpoint on, or of the end; as far as one look tells. */
  async #firstUnread(checkpoint: TopicPartition & { nextOffset: number }, end: number): Promise<number> {
    const { topic, partition, nextOffset } = checkpoint;
    const key = formatPosition({ topic, partition, offset: nextOffset });
    const known = this.#quietUntil.get(key);
    const offset = known?.until ?? nextOffset;
    if (known?.endsAtEvent || offset >= end || end - offset > MOST_CONTROL_RECORDS) return offset;
    try {
      const { events, next, unreadable } = await this.#looks(() =>
        this.log.fetch({ topic, partition, offset }, LOOK_BYTES),
      );
      const event = events[0]?.position.offset ?? (unreadable === undefined ? undefined : next);
      // The end may have moved since it was asked for; what came after it is for the next look.
      const until = Math.min(event ?? next, end);
      this.#quietUntil.set(key, { until, endsAtEvent: event !== undefined && event < end });
      return until;
    } catch {
      // It counts as behind until the log tells otherwise.
      return offset;
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
