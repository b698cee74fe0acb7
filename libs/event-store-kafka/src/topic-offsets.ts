import { LogUnavailableError } from '#libs/event-store';
import type { Position } from '#libs/kernel';
import type { KafkaEventLog } from './kafka-event-log.js';

/** The end of a partition. */
export interface PartitionEnd extends Position {
  /** Its topic waits for a person: so far it went when it was seen last, and nothing is read or appended there. */
  readonly isStopped?: true;
}

type OffsetsLog = Pick<KafkaEventLog, 'endOffsets' | 'offsetsAt' | 'startOffsets' | 'topicsInUse'>;

/** Where topics begin and end, of which one that is gone, or was made anew, keeps no other from answering. */
export class TopicOffsets {
  readonly #lastEnds = new Map<string, readonly Position[]>();

  constructor(
    private readonly log: OffsetsLog,
    private readonly topics: readonly string[],
  ) {}

  /** @throws LogUnavailableError, also for a topic that has not been there since this process began */
  async ends(): Promise<PartitionEnd[]> {
    const inUse = await this.log.topicsInUse(this.topics);
    const ends = await Promise.all(
      this.topics.map(async (topic) =>
        inUse.includes(topic) ? this.#endsOf(topic) : this.#lastEndsOf(topic),
      ),
    );
    return ends.flat();
  }

  /** Sees where the topics end that are in use. @throws LogUnavailableError */
  async look(): Promise<void> {
    const inUse = await this.log.topicsInUse(this.topics);
    await Promise.all(inUse.map((topic) => this.#endsOf(topic)));
  }

  /** The first offset that each partition still has, of topics that are in use. @throws LogUnavailableError */
  async begins(): Promise<Position[]> {
    return this.log.startOffsets(await this.log.topicsInUse(this.topics));
  }

  /** Where to begin in order to read all that was appended at a time or later. @throws as {@link ends} does */
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
    if (!last) throw new LogUnavailableError(`nobody knows where topic ${topic} ended`);
    return last.map((end) => ({ ...end, isStopped: true }));
  }
}
