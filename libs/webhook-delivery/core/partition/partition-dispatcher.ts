import {
  type Clock,
  type EventBatch,
  inBackground,
  type LogReader,
  newId,
  onAbort,
  retryUntilStopped,
  type SizedEvent,
  type TopicPartition,
  topicPartitionKey,
  withTimeout,
} from '#libs/kernel';
import { type FeedChanges, FeedIndex, type FeedNews, movedFeeds } from '../feeds/feed-index.js';
import type { PartitionClaim } from '../ports.js';
import { DEFAULT_DISPATCH_LIMITS, type DispatchLimits, type DispatchPorts } from '../dispatch-limits.js';
import { EventOffers } from './partition-feeds.js';
import { BlockedLaneWorker, LaneLookout } from './blocked-lane-worker.js';
import { HistoryScan } from './history-scan.js';
import { PartitionSaver, SharedSaves } from './partition-saver.js';

interface Dispatched {
  readonly dispatcher: PartitionDispatcher;
  readonly begunAt: number;
}

/** Shortest time between two starts of an assigned partition that another dispatcher claimed or a bug ended. */
const RECLAIM_AFTER_MS = 10_000;

/** Calls many back at each interval, in the same turn, by one timer. There is none while nobody is to be called. */
class SharedInterval {
  readonly #callbacks = new Set<() => void>();
  #cancel: (() => void) | undefined;

  constructor(
    private readonly clock: Clock,
    private readonly ms: number,
  ) {}

  /** @param callback must not throw. @returns how to unsubscribe */
  add(callback: () => void): () => void {
    this.#callbacks.add(callback);
    this.#cancel ??= this.clock.every(this.ms, () => {
      for (const each of this.#callbacks) each();
    });
    return () => {
      this.#callbacks.delete(callback);
      if (this.#callbacks.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }
}

/** What the partitions of a process do together, so that their number costs no timers and no queries. */
export class SharedRounds {
  readonly saves: SharedSaves;
  readonly saveTimes: SharedInterval;
  readonly lookout: LaneLookout;

  constructor(ports: DispatchPorts, limits: DispatchLimits) {
    this.saves = new SharedSaves(ports.store);
    this.saveTimes = new SharedInterval(ports.clock, limits.saveIntervalMs);
    this.lookout = new LaneLookout(ports, limits);
  }
}

/** One dispatcher for each partition assigned to this process. */
export class DispatchedPartitions {
  readonly #dispatched = new Map<string, Dispatched>();
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #index = new FeedIndex();
  readonly #indexed: Promise<void>;
  readonly #rounds: SharedRounds;
  #feedsAreKnown: () => void = () => undefined;

  constructor(
    private readonly log: Pick<LogReader, 'endOffsets'>,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {
    this.#rounds = new SharedRounds(ports, limits);
    this.#indexed = new Promise((resolve) => {
      this.#feedsAreKnown = resolve;
    });
  }

  /**
   * Returns the offset from which new events are to be appended: the end of the log. The dispatcher reads older ones itself.
   */
  async assigned(at: TopicPartition): Promise<number> {
    const key = topicPartitionKey(at);
    // Lets a stopping dispatcher save its cursors before they are claimed again.
    await this.#stopping.get(key);
    const end = await this.#endOf(at);
    const known = this.#dispatched.get(key);
    if (known) known.dispatcher.continueAt(end);
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
      this.#rounds,
      this.ports,
      this.limits,
    );
    this.#dispatched.set(topicPartitionKey(claim), { dispatcher, begunAt: this.ports.clock.now() });
  }
}

export interface FeedLag {
  readonly feedId: string;
  readonly isReplay: boolean;
  /** Offsets between the watermark and the end of the log. */
  readonly lag: number;
  /** Events that were read but are not finished. */
  readonly pending: number;
}

/**
 * Delivers the events of one partition to every feed, from the claim of the partition until it stops.
 *
 * ```
 *  new events ──────────┐
 *  HistoryScan ─────────┼─► EventOffers ─► FeedRegistry ─► ActiveFeed ─► FeedLanes ─► LaneDelivery
 *  BlockedLaneWorker ───┘                       ▲
 *  PartitionSaver ──── collects, confirms ──────┘
 * ```
 */
export class PartitionDispatcher {
  readonly #saver: PartitionSaver;
  readonly #scan: HistoryScan;
  readonly #blockedLanes: BlockedLaneWorker;
  readonly #offers: EventOffers;
  readonly #stop = new AbortController();
  #begun = false;
  /** Feeds that ended before the claim. */
  readonly #endedEarly = new Set<string>();

  /** @param end the present end of the log; older events are read from history */
  constructor(
    readonly claim: PartitionClaim,
    end: number,
    private readonly index: FeedIndex,
    /** Resolves when the index has been filled. */
    private readonly indexed: Promise<void>,
    private readonly rounds: SharedRounds,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits = DEFAULT_DISPATCH_LIMITS,
  ) {
    const { signal } = this.#stop;
    this.#offers = new EventOffers(claim, end, index, signal, ports, limits, {
      save: () => this.#saver.save(),
      background: (work) => this.#background(work),
    });
    this.#saver = new PartitionSaver(claim, this.#offers, () => this.#lost(), rounds.saves, ports, limits);
    this.#scan = new HistoryScan(claim, this.#offers, ports, signal);
    this.#blockedLanes = new BlockedLaneWorker(
      claim,
      this.#offers.registry,
      this.#saver,
      ports,
      limits,
      signal,
    );
    this.#background(() => this.#begin(end));
  }

  /** Stopped, superseded by another dispatcher, or ended by a bug. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Takes new events from the log. */
  append(batch: EventBatch<SizedEvent>): void {
    this.#background(() => this.#offers.append(batch));
  }

  /** New events will start at this offset, which may leave a gap behind the former ones. */
  continueAt(end: number): void {
    this.#offers.continueAt(end);
  }

  lags(): FeedLag[] {
    const { registry, recent } = this.#offers;
    return [...registry.active()].map((active) => ({
      feedId: active.feedId,
      isReplay: active.isReplay,
      lag: active.live && active.unfinished === 0 ? 0 : Math.max(0, recent.next - active.watermark),
      pending: active.unfinished,
    }));
  }

  reconcile({ begun, ended }: FeedChanges): void {
    if (this.stopped) return;
    this.#background(() => {
      const served = begun.flatMap(({ feedId }) => this.index.get(feedId) ?? []);
      // The claim serves whatever there is then.
      if (this.#begun) this.#offers.registry.reconcile(ended, served);
      else for (const id of ended) this.#endedEarly.add(id);
    });
  }

  /** Restarts crashed feeds whose backoff is over. Call it regularly. */
  mend(): void {
    this.#background(() => this.#offers.registry.mend());
  }

  /** Gives attempts in flight time to end, then saves the cursors. */
  async stop(): Promise<void> {
    this.#stop.abort();
    if (!this.#begun) return;
    await this.#offers.registry.stop();
    // A database outage must not delay a stop; unsaved deliveries are repeated.
    await withTimeout(this.limits.stopSaveMs, this.#saver.save(), this.ports.clock);
  }

  async #begin(end: number): Promise<void> {
    await this.indexed;
    const { store, observer } = this.ports;
    const claimed = await retryUntilStopped(
      async () => {
        const scannedOffset = await store.claim(this.claim, end);
        const served = [...this.index.all()].map(({ feed }) => feed.feedId);
        await store.pinOthers(this.claim, served);
        return scannedOffset;
      },
      (error) => observer.failed('claim', this.claim, error),
      this.ports,
      this.#stop.signal,
    );
    if (claimed === undefined) return;
    this.#begun = true;
    this.#offers.begin(claimed);
    const { registry } = this.#offers;
    registry.reconcile(this.#endedEarly, this.index.all());
    await registry.loaded();
    if (this.stopped) return;
    this.#joinRounds();
    this.#background(() => this.#blockedLanes.look());
    this.#background(() => this.#scan.run());
    this.#offers.advance();
  }

  #joinRounds(): void {
    const { saveTimes, lookout } = this.rounds;
    const leave = [
      saveTimes.add(() => {
        if (this.#saver.isWanted) this.#background(() => this.#saver.save());
      }),
      lookout.watch(this.claim, () => this.#background(() => this.#blockedLanes.look())),
    ];
    onAbort(this.#stop.signal, () => {
      for (const each of leave) each();
    });
  }

  #lost(): void {
    if (this.stopped) return;
    this.ports.observer.lost(this.claim);
    this.#giveUp();
  }

  #giveUp(): void {
    this.#stop.abort();
    this.#offers.registry.lose();
  }

  /** Contains a bug to this partition. The owner of the dispatcher sees that it has stopped. */
  #background(work: () => unknown): void {
    inBackground(work, (error) => {
      this.ports.observer.failed('partition', this.claim, error);
      if (!this.stopped) this.#giveUp();
    });
  }
}
