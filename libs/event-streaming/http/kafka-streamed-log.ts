import { EventDecodingError, type LoggedEvent, sizedBatch } from '#libs/contracts';
import { type Decoding, TopicOffsets } from '#libs/kafka';
import {
  type EventBatch,
  type LogReader,
  LogUnavailableError,
  type PartitionEnd,
  type Position,
  type SizedEvent,
  type SpareTime,
} from '#libs/kernel';
import type { ReaderConnection } from './reader-connection.js';

/** A few hundred events: more would take too long to decode in one go. */
const READ_BYTES = 131_072;
/** Decodes history for all tenants: they have taken turns to read it. */
const HISTORY = 'history';

/** The log in Kafka, for readers. A stopped topic does not block others. */
export class KafkaStreamedLog implements Omit<LogReader<SizedEvent>, 'hasGaps'> {
  readonly #offsets: TopicOffsets;

  constructor(
    private readonly connection: ReaderConnection,
    private readonly spareTime: Pick<SpareTime, 'run'>,
  ) {
    this.#offsets = new TopicOffsets({
      endOffsets: (topics) => connection.run((log) => log.endOffsets(topics)),
      offsetsForTime: (topics, timestampMs) =>
        connection.run((log) => log.offsetsForTime(topics, timestampMs)),
      startOffsets: (topics) => connection.run((log) => log.startOffsets(topics)),
      topicsInUse: (topics) => connection.run((log) => log.topicsInUse(topics)),
    });
  }

  /** Ordered by topic and partition. */
  async endOffsets(topics: readonly string[]): Promise<PartitionEnd[]> {
    const ends = await orUnavailable(this.#offsets.endOffsets(topics));
    return ends.toSorted((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    );
  }

  fetch(from: Position): Promise<EventBatch<SizedEvent>> {
    return this.#fetch(from, (decode) => decode());
  }

  /** Reads what is decoded in spare time: others have waited longer for what is new. */
  fetchHistory(from: Position): Promise<EventBatch<SizedEvent>> {
    return this.#fetch(from, (decode) => this.spareTime.run(HISTORY, decode));
  }

  async #fetch(from: Position, decoding: Decoding): Promise<EventBatch<SizedEvent>> {
    const fetched = this.connection.run((log) => log.fetch(from, READ_BYTES, decoding));
    return sizedBatch(await orUnavailable(fetched.catch(unreadableAt(from))));
  }

  startOffsets(topics: readonly string[]): Promise<readonly Position[]> {
    return orUnavailable(this.#offsets.startOffsets(topics));
  }

  offsetsForTime(topics: readonly string[], timestampMs: number): Promise<readonly Position[]> {
    return orUnavailable(this.#offsets.offsetsForTime(topics, timestampMs));
  }
}

/** An unreadable record blocks the readers that have reached it, even if it may become readable. All others go on. */
const unreadableAt =
  ({ topic, partition, offset }: Position) =>
  (error: unknown): EventBatch<LoggedEvent> => {
    if (!(error instanceof EventDecodingError)) throw error;
    return { topic, partition, first: offset, next: offset, events: [], unreadable: error.message };
  };

/** Turns every failure into {@link LogUnavailableError}, including those of the schema registry. */
async function orUnavailable<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LogUnavailableError) throw error;
    throw new LogUnavailableError((error as Error).message, { cause: error });
  }
}
