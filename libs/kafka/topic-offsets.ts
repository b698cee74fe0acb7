import { type LogReader, LogUnavailableError, type PartitionEnd, type Position } from '#libs/kernel';
import type { KafkaEventLog } from './kafka-event-log.js';

type Offsets = Pick<LogReader, 'endOffsets' | 'offsetsForTime' | 'startOffsets'>;

/** Start and end offsets of topics. A missing or recreated topic does not block the others. */
export class TopicOffsets implements Offsets {
  readonly #lastEnds = new Map<string, readonly Position[]>();

  constructor(private readonly log: Offsets & Pick<KafkaEventLog, 'topicsInUse'>) {}

  /** @throws LogUnavailableError, also for a topic that has been missing since this process started */
  async endOffsets(topics: readonly string[]): Promise<PartitionEnd[]> {
    const inUse = await this.log.topicsInUse(topics);
    const ends = await Promise.all(
      topics.map(async (topic) => (inUse.includes(topic) ? this.#endsOf(topic) : this.#lastEndsOf(topic))),
    );
    return ends.flat();
  }

  /** Refreshes the ends of topics in use. @throws LogUnavailableError */
  async look(topics: readonly string[]): Promise<void> {
    const inUse = await this.log.topicsInUse(topics);
    await Promise.all(inUse.map((topic) => this.#endsOf(topic)));
  }

  async startOffsets(topics: readonly string[]): Promise<readonly Position[]> {
    return this.log.startOffsets(await this.log.topicsInUse(topics));
  }

  async offsetsForTime(topics: readonly string[], timestampMs: number): Promise<Position[]> {
    const inUse = await this.log.topicsInUse(topics);
    const stopped = topics.filter((topic) => !inUse.includes(topic));
    return [
      ...(await this.log.offsetsForTime(inUse, timestampMs)),
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
