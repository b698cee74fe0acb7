import {
  type CursorClaim,
  type DispatchLimits,
  type DispatchPorts,
  type FeedLag,
  PartitionDispatcher,
  type RevisedSubscription,
  type TailBatch,
} from '#libs/dispatching';
import type { PartitionAssignments } from '#libs/event-store-kafka';
import { newId, type Position } from '#libs/kernel';

/** The end of every partition of these topics. */
export type EndOffsets = (topics: readonly string[]) => Promise<readonly Position[]>;

/** A dispatcher for each partition that this process has been given. */
export class DispatchedPartitions implements PartitionAssignments {
  readonly #dispatchers = new Map<string, PartitionDispatcher>();
  readonly #stopping = new Map<string, Promise<void>>();
  #subscriptions: readonly RevisedSubscription[] = [];

  constructor(
    private readonly endOffsets: EndOffsets,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {}

  /** What is new is read from the end of the log on; what is older, the feeds fetch for themselves. */
  async assigned(topic: string, partition: number): Promise<number> {
    const key = keyOf(topic, partition);
    // Its cursors should be saved before they are claimed anew.
    await this.#stopping.get(key);
    const ends = await this.endOffsets([topic]);
    const end = ends.find((position) => position.partition === partition)?.offset;
    if (end === undefined) throw new Error(`${key} does not exist`);
    const dispatcher = this.#dispatchers.get(key);
    if (dispatcher) dispatcher.restartTail(end);
    else this.#begin(key, { owner: newId(), topic, partition }, end);
    return end;
  }

  async revoked(topic: string, partition: number): Promise<void> {
    const key = keyOf(topic, partition);
    const dispatcher = this.#dispatchers.get(key);
    if (!dispatcher) return;
    this.#dispatchers.delete(key);
    const stopping = dispatcher.stop().finally(() => this.#stopping.delete(key));
    this.#stopping.set(key, stopping);
    await stopping;
  }

  /** New events of a partition. */
  append(topic: string, partition: number, batch: TailBatch): void {
    this.#dispatchers.get(keyOf(topic, partition))?.append(batch);
  }

  /** All that are to be delivered to. */
  reconcile(subscriptions: readonly RevisedSubscription[]): void {
    this.#subscriptions = subscriptions;
    for (const dispatcher of this.#dispatchers.values()) void dispatcher.reconcile(subscriptions);
  }

  lags(): FeedLag[] {
    return [...this.#dispatchers.values()].flatMap((dispatcher) => dispatcher.lags());
  }

  #begin(key: string, claim: CursorClaim, end: number): void {
    const dispatcher = new PartitionDispatcher(claim, end, this.ports, this.limits);
    this.#dispatchers.set(key, dispatcher);
    void dispatcher.reconcile(this.#subscriptions);
  }
}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;
