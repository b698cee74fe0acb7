import { EVENT_TOPICS, EventDecodingError } from '#libs/contracts';
import { type LogPiece, sizedEvent, type StreamedEnd, type StreamedLog } from '#libs/dispatching';
import { LogUnavailableError } from '#libs/event-store';
import { TopicOffsets } from '#libs/event-store-kafka';
import type { Position } from '#libs/kernel';
import type { ReaderConnection } from './reader-connection.js';

/** One read: some hundred events. */
const READ_BYTES = 131_072;

/** The log in Kafka, as it is streamed to readers: every topic that events live in. */
export class KafkaStreamedLog implements StreamedLog {
  readonly #offsets: TopicOffsets;

  constructor(private readonly connection: ReaderConnection) {
    const log = {
      endOffsets: (topics: readonly string[]) => connection.run((own) => own.endOffsets(topics)),
      offsetsAt: (topics: readonly string[], timestampMs: number) =>
        connection.run((own) => own.offsetsAt(topics, timestampMs)),
      startOffsets: (topics: readonly string[]) => connection.run((own) => own.startOffsets(topics)),
      topicsInUse: (topics: readonly string[]) => connection.run((own) => own.topicsInUse(topics)),
    };
    this.#offsets = new TopicOffsets(log, EVENT_TOPICS);
  }

  async ends(): Promise<StreamedEnd[]> {
    const ends = await orUnavailable(this.#offsets.ends());
    return ends.toSorted((a, b) =>
      a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
    );
  }

  async read(from: Position): Promise<LogPiece> {
    const { events, next, unreadable, failure } = await orUnavailable(
      this.connection.run((log) => log.fetchReadable(from, READ_BYTES)).catch(unreadableAt(from)),
    );
    return { events: events.map(sizedEvent), next, unreadable, isGone: failure?.fault === 'gone' };
  }

  /** The first offset that each partition still has. */
  starts(): Promise<Position[]> {
    return orUnavailable(this.#offsets.begins());
  }

  /** Where to begin in order to read all that was appended at a time or later. */
  at(timestampMs: number): Promise<Position[]> {
    return orUnavailable(this.#offsets.at(timestampMs));
  }
}

/** One that may be read later holds up whoever has come to it, as one that never will: all others read on. */
const unreadableAt =
  ({ offset }: Position) =>
  (error: unknown) => {
    if (!(error instanceof EventDecodingError)) throw error;
    return { events: [], next: offset, unreadable: error.message, failure: error };
  };

/** Also where it is the schema registry that does not answer. */
async function orUnavailable<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof LogUnavailableError) throw error;
    throw new LogUnavailableError((error as Error).message, { cause: error });
  }
}
