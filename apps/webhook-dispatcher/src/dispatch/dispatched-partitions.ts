import {
  type DispatchLimits,
  type DispatchPorts,
  FeedIndex,
  type FeedLag,
  type FeedNews,
  inBackground,
  movedFeeds,
  type PartitionClaim,
  PartitionDispatcher,
  type TailBatch,
} from '#libs/dispatching';
import type { PartitionAssignments } from '#libs/event-store-kafka';
import { newId, type Position } from '#libs/kernel';

/** The end of every partition of these topics. */
export type EndOffsets = (topics: readonly string[]) => Promise<readonly Position[]>;

interface Dispatched {
  readonly dispatcher: PartitionDispatcher;
  readonly begunAt: number;
}

/** So soon a partition is begun again that another dispatcher has claimed or a fault has ended, while it is assigned to this one. */
const RECLAIM_AFTER_MS = 10_000;

/** A dispatcher for each partition that this process has been given. */
export class DispatchedPartitions implements PartitionAssignments {
  readonly #dispatched = new Map<string, Dispatched>();
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #index = new FeedIndex();
  readonly #indexed: Promise<void>;
  #feedsAreKnown: () => void = () => undefined;

  constructor(
    private readonly endOffsets: EndOffsets,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {
    this.#indexed = new Promise((resolve) => {
      this.#feedsAreKnown = resolve;
    });
  }

  /** What is new is read from the end of the log on; what is older, the dispatcher reads for itself. */
  async assigned(topic: string, partition: number): Promise<number> {
    const key = keyOf(topic, partition);
    // Its cursors should be saved before they are claimed anew.
    await this.#stopping.get(key);
    const end = await this.#endOf(topic, partition);
    const known = this.#dispatched.get(key);
    if (known) known.dispatcher.restartTail(end);
    else this.#begin(topic, partition, end);
    return end;
  }

  async revoked(topic: string, partition: number): Promise<void> {
    const key = keyOf(topic, partition);
    const known = this.#dispatched.get(key);
    if (!known) return;
    this.#dispatched.delete(key);
    const stopping = known.dispatcher.stop().finally(() => this.#stopping.delete(key));
    this.#stopping.set(key, stopping);
    await stopping;
  }

  /** New events of a partition. */
  append(topic: string, partition: number, batch: TailBatch): void {
    this.#dispatched.get(keyOf(topic, partition))?.dispatcher.append(batch);
  }

  /**
   * What has changed of the feeds that are to be served: the first time, all of them. To be told again and again, also of
   * nothing: what has failed since is mended.
   */
  reconcile(news: FeedNews): void {
    const changes = this.#index.apply(news);
    this.#feedsAreKnown();
    for (const id of [...changes.ended, ...movedFeeds(changes)]) this.ports.gates.forget(id);
    for (const { dispatcher } of this.#dispatched.values()) {
      dispatcher.reconcile(changes);
      dispatcher.mend();
    }
    for (const [key, dispatched] of this.#dispatched) this.#reclaim(key, dispatched);
  }

  lags(): FeedLag[] {
    return [...this.#dispatched.values()].flatMap(({ dispatcher }) => dispatcher.lags());
  }

  /** Two dispatchers that both believe to be in charge do not take a partition from each other all the time. */
  #reclaim(key: string, { dispatcher, begunAt }: Dispatched): void {
    if (!dispatcher.stopped || this.ports.timers.now() - begunAt < RECLAIM_AFTER_MS) return;
    const { topic, partition } = dispatcher.claim;
    this.#dispatched.delete(key);
    const begin = async (): Promise<void> => {
      const end = await this.#endOf(topic, partition);
      if (!this.#dispatched.has(key)) this.#begin(topic, partition, end);
    };
    inBackground(begin, () => this.#dispatched.set(key, { dispatcher, begunAt }));
  }

  async #endOf(topic: string, partition: number): Promise<number> {
    const ends = await this.endOffsets([topic]);
    const end = ends.find((position) => position.partition === partition)?.offset;
    if (end === undefined) throw new Error(`${keyOf(topic, partition)} does not exist`);
    return end;
  }

  #begin(topic: string, partition: number, end: number): void {
    const claim: PartitionClaim = { owner: newId(), topic, partition };
    const dispatcher = new PartitionDispatcher(
      claim,
      end,
      this.#index,
      this.#indexed,
      this.ports,
      this.limits,
    );
    this.#dispatched.set(keyOf(topic, partition), { dispatcher, begunAt: this.ports.timers.now() });
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
