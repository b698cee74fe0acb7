import { LogUnavailableError } from '#libs/event-store';
import type { Position } from '#libs/kernel';
import type { KafkaEventLog } from './kafka-event-log.js';

export interface PartitionEnd extends Position {
  /** The topic waits for an operator. The offset is the last known end; nothing is read or appended. */
  readonly isStopped?: true;
}

type OffsetsLog = Pick<KafkaEventLog, 'endOffsets' | 'offsetsAt' | 'startOffsets' | 'topicsInUse'>;

/** Start and end offsets of topics. A missing or recreated topic does not block the others. */
export class TopicOffsets {
  readonly #lastEnds = new Map<string, readonly Position[]>();

  constructor(
    private readonly log: OffsetsLog,
    private readonly topics: readonly string[],
  ) {}

  /** @throws LogUnavailableError, also for a topic that has been missing since this process started */
  async ends(): Promise<PartitionEnd[]> {
    const inUse = await this.log.topicsInUse(this.topics);
    const ends = await Promise.all(
      this.topics.map(async (topic) =>
        inUse.includes(topic) ? this.#endsOf(topic) : this.#lastEndsOf(topic),
      ),
    );
    return ends.flat();
  }

  /** Refreshes the ends of topics in use. @throws LogUnavailableError */
  async look(): Promise<void> {
    const inUse = await this.log.topicsInUse(this.topics);
    await Promise.all(inUse.map((topic) => this.#endsOf(topic)));
  }

  /** Returns the first available offset of each partition of the topics in use. @throws LogUnavailableError */
  async begins(): Promise<Position[]> {
    return this.log.startOffsets(await this.log.topicsInUse(this.topics));
  }

  /** Returns offsets from which to read everything appended at a time or later. @throws like {@link ends} */
  async at(timestampMs: number): Promise<Position[]> {
    const inUse = await this.log.topicsInUse(this.topics);
    const stopped = this.topics.filter((topic) => !inUse.includes(topic));
    return [
      ...(await this.log.offsetsAt(inUse, timestampMs)),
      ...stopped.flatMap((topic) => this.#lastEndsOf(topic)),
    ];
  }

  async #endsOf(topic: string): Promise<readonly Position[]> {
    const ends = await this.log.endOffsets([topic]);
    this.#lastEnds.set(topic, ends);
    return ends;
  }

  #lastEndsOf(topic: string): readonly PartitionEnd[] {
    const last = this.#lastEnds.get(topic);
    if (!last) throw new LogUnavailableError(`the last end of topic ${topic} is unknown`);
    return last.map((end) => ({ ...end, isStopped: true }));
  }
}
