import type { DispatchLimits, DispatchPorts } from '../core/partition/dispatch-limits.js';
import { FeedIndex, type FeedNews, movedFeeds } from '../core/feeds/feed-index.js';
import { type FeedLag, PartitionDispatcher } from '../core/partition/partition-dispatcher.js';
import {
  type EventBatch,
  inBackground,
  type LogReader,
  newId,
  type SizedEvent,
  type TopicPartition,
  topicPartitionKey,
} from '#libs/kernel';
import type { PartitionClaim } from '../core/ports.js';
import type { PartitionAssignments } from '#libs/kafka';

interface Dispatched {
  readonly dispatcher: PartitionDispatcher;
  readonly begunAt: number;
}

/** Shortest time between two starts of an assigned partition that another dispatcher claimed or a bug ended. */
const RECLAIM_AFTER_MS = 10_000;

/** One dispatcher for each partition assigned to this process. */
export class DispatchedPartitions implements PartitionAssignments {
  readonly #dispatched = new Map<string, Dispatched>();
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #index = new FeedIndex();
  readonly #indexed: Promise<void>;
  #feedsAreKnown: () => void = () => undefined;

  constructor(
    private readonly log: Pick<LogReader, 'endOffsets'>,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {
    this.#indexed = new Promise((resolve) => {
      this.#feedsAreKnown = resolve;
    });
  }

  /** New events are delivered from the end of the log; the dispatcher reads older ones itself. */
  async assigned(at: TopicPartition): Promise<number> {
    const key = topicPartitionKey(at);
    // Lets a stopping dispatcher save its cursors before they are claimed again.
    await this.#stopping.get(key);
    const end = await this.#endOf(at);
    const known = this.#dispatched.get(key);
    if (known) known.dispatcher.restartTail(end);
    else this.#begin(at, end);
    return end;
  }

  async revoked(at: TopicPartition): Promise<void> {
    const key = topicPartitionKey(at);
    const known = this.#dispatched.get(key);
    if (!known) return;
    this.#dispatched.delete(key);
    const stopping = known.dispatcher.stop().finally(() => this.#stopping.delete(key));
    this.#stopping.set(key, stopping);
    await stopping;
  }

  /** New events of a partition. */
  append(batch: EventBatch<SizedEvent>): void {
    this.#dispatched.get(topicPartitionKey(batch))?.dispatcher.append(batch);
  }

  /**
   * Applies changed feeds; the first call brings all of them. Call it regularly, even without changes, as it also restarts
   * what has failed.
   */
  reconcile(news: FeedNews): void {
    const changes = this.#index.apply(news);
    this.#feedsAreKnown();
    for (const id of [...changes.ended, ...movedFeeds(changes)]) this.ports.limiters.forget(id);
    for (const { dispatcher } of this.#dispatched.values()) {
      dispatcher.reconcile(changes);
      dispatcher.mend();
    }
    for (const [key, dispatched] of this.#dispatched) this.#reclaim(key, dispatched);
  }

  lags(): FeedLag[] {
    return [...this.#dispatched.values()].flatMap(({ dispatcher }) => dispatcher.lags());
  }

  /** Rate-limited, so that two processes that both believe they own a partition don't keep taking it from each other. */
  #reclaim(key: string, { dispatcher, begunAt }: Dispatched): void {
    if (!dispatcher.stopped || this.ports.clock.now() - begunAt < RECLAIM_AFTER_MS) return;
    const at = dispatcher.claim;
    this.#dispatched.delete(key);
    const begin = async (): Promise<void> => {
      const end = await this.#endOf(at);
      if (!this.#dispatched.has(key)) this.#begin(at, end);
    };
    inBackground(begin, () => this.#dispatched.set(key, { dispatcher, begunAt }));
  }

  async #endOf(at: TopicPartition): Promise<number> {
    const ends = await this.log.endOffsets([at.topic]);
    const end = ends.find(({ partition }) => partition === at.partition)?.offset;
    if (end === undefined) throw new Error(`${topicPartitionKey(at)} does not exist`);
    return end;
  }

  #begin({ topic, partition }: TopicPartition, end: number): void {
    const claim: PartitionClaim = { owner: newId(), topic, partition };
    const dispatcher = new PartitionDispatcher(
      claim,
      end,
      this.#index,
      this.#indexed,
      this.ports,
      this.limits,
    );
    this.#dispatched.set(topicPartitionKey(claim), { dispatcher, begunAt: this.ports.clock.now() });
  }
}
