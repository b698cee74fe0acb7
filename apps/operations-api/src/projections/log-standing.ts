import { Inject, Injectable } from '@nestjs/common';
import { EVENT_TOPICS } from '#libs/contracts';
import { KafkaEventLog } from '#libs/kafka';
import { type Position, systemClock, type TopicPartition } from '#libs/kernel';
import { type Lateness, LogEndHistory, RecentAnswer } from '#libs/operations/core';

/** As long as the series of the overview. */
const KEEP_MS = 600_000;
const MAX_AGE_MS = 1_000;
/** Whoever looks gets all else without the ends when Kafka is away. */
const PATIENCE_MS = 2_000;

/** Where the log ends, and since when: asked for at most once a second. */
@Injectable()
export class LogStanding {
  readonly #history = new LogEndHistory(KEEP_MS);
  readonly #ends: RecentAnswer<readonly Position[] | undefined>;

  constructor(@Inject(KafkaEventLog) private readonly log: Pick<KafkaEventLog, 'endOffsets'>) {
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
