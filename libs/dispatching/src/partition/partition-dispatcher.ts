import type { EventBatch, SizedEvent } from '#libs/kernel';
import type { FeedChanges, FeedIndex } from '../feeds/feed-index.js';
import type { ActiveFeed } from '../feeds/active-feed.js';
import type { PartitionClaim } from '../ports.js';
import { inBackground } from '../timing/background.js';
import { retryUntilStopped } from '../timing/retry-until-stopped.js';
import { withTimeout } from '../timing/with-timeout.js';
import { DEFAULT_DISPATCH_LIMITS, type DispatchLimits, type DispatchPorts } from './dispatch-limits.js';
import { FeedRegistry } from './feed-registry.js';
import { BlockedLaneWorker } from './blocked-lane-worker.js';
import { HistoryScan } from './history-scan.js';
import { PartitionSaver } from './partition-saver.js';
import { PartitionTail } from '../tail/partition-tail.js';

export interface FeedLag {
  readonly feedId: string;
  readonly isReplay: boolean;
  /** Offsets between the watermark and the end of the log. */
  readonly lag: number;
  /** Events that were read but are not finished. */
  readonly pending: number;
}

/**
 * Delivers the events of one partition to every feed. Each event is matched once against all feeds. An idle feed that it
 * is owed to is activated; a feed that is owed nothing takes no memory and no writes.
 *
 * ```
 *  tail ────examined──► owed to whom? ──► live feeds, and idle feeds, which are activated
 *  history ──scanned──► feeds that are behind, as far as they have room
 * ```
 */
export class PartitionDispatcher {
  readonly #tail: PartitionTail;
  readonly #saver: PartitionSaver;
  readonly #scan: HistoryScan;
  readonly #blockedLanes: BlockedLaneWorker;
  readonly #registry: FeedRegistry;
  readonly #stop = new AbortController();
  #begun = false;
  /** Feeds that ended before the claim. */
  readonly #endedEarly = new Set<string>();
  /** Every event below this was matched against all live and idle feeds. */
  #scannedOffset = 0;

  /** @param end the present end of the log; older events are read from history */
  constructor(
    readonly claim: PartitionClaim,
    end: number,
    private readonly index: FeedIndex,
    /** Resolves when the index has been filled. */
    private readonly indexed: Promise<void>,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits = DEFAULT_DISPATCH_LIMITS,
  ) {
    this.#tail = new PartitionTail(
      { ...claim, offset: end },
      { events: limits.tailEvents, bytes: limits.tailBytes },
    );
    const save = (): Promise<boolean> => this.#saver.save();
    const scannedOffset = (): number => this.#scannedOffset;
    const changed = (active: ActiveFeed): void => this.#changed(active);
    const background = (work: () => unknown): void => this.#background(work);
    const partition = {
      claim,
      index,
      tail: this.#tail,
      stop: this.#stop.signal,
      scannedOffset,
      save,
      changed,
      background,
    };
    this.#registry = new FeedRegistry(partition, ports, limits);
    this.#saver = new PartitionSaver(claim, this.#registry, () => this.#lost(), ports, limits);
    this.#scan = new HistoryScan(claim, this.#tail, ports, limits, {
      scannedOffset,
      examine: (batch) => {
        this.#examine(batch);
        this.#advance();
      },
      append: (batch) => this.append(batch),
      behind: () => [...this.#registry.behind].filter((active) => this.#wantsHistory(active)),
      offered: changed,
      stuck: () => this.#serveEachAlone(),
    });
    this.#blockedLanes = new BlockedLaneWorker(
      claim,
      (feedId) => this.#registry.activeFeedOf(feedId),
      save,
      ports,
      limits,
    );
    this.#background(() => this.#begin(end));
  }

  /** Stopped, superseded by another dispatcher, or ended by a bug. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Takes new events from the log. */
  append(batch: EventBatch<SizedEvent>): void {
    this.#background(() => {
      this.#tail.append(batch);
      this.#advance();
    });
  }

  /** New events will start at this offset, which may leave a gap behind the former ones. */
  restartTail(end: number): void {
    this.#tail.restart(end);
    this.#scan.notify();
  }

  lags(): FeedLag[] {
    return [...this.#registry.active()].map((active) => ({
      feedId: active.feedId,
      isReplay: active.isReplay,
      lag: active.live && active.unfinished === 0 ? 0 : Math.max(0, this.#tail.next - active.watermark),
      pending: active.unfinished,
    }));
  }

  reconcile({ begun, ended }: FeedChanges): void {
    if (this.stopped) return;
    this.#background(() => {
      // The claim serves whatever there is then.
      if (this.#begun)
        this.#registry.reconcile(
          ended,
          begun.flatMap(({ feedId }) => this.index.get(feedId) ?? []),
        );
      else for (const id of ended) this.#endedEarly.add(id);
    });
  }

  /** Restarts crashed feeds whose backoff is over. Call it regularly. */
  mend(): void {
    this.#background(() => this.#registry.mend());
  }

  /** Gives attempts in flight time to end, then saves the cursors. */
  async stop(): Promise<void> {
    this.#end();
    if (!this.#begun) return;
    await this.#registry.stop();
    // A database outage must not delay a stop; unsaved deliveries are repeated.
    await withTimeout(this.limits.stopGraceMs, this.#saver.save(), this.ports.clock);
  }

  async #begin(end: number): Promise<void> {
    await this.indexed;
    const { store, observer } = this.ports;
    const served = (): string[] => [...this.index.all()].map(({ feed }) => feed.feedId);
    const claimed = await retryUntilStopped(
      async () => {
        const scannedOffset = await store.claim(this.claim, end);
        await store.pinOthers(this.claim, served());
        return scannedOffset;
      },
      (error) => observer.failed('claim', this.claim, error),
      this.ports,
      this.#stop.signal,
    );
    if (claimed === undefined) return;
    this.#scannedOffset = claimed;
    this.#begun = true;
    this.#registry.reconcile(this.#endedEarly, this.index.all());
    await this.#registry.loaded();
    if (this.stopped) return;
    for (const part of [this.#saver, this.#blockedLanes, this.#scan]) this.#background(() => part.run());
    this.#advance();
  }

  /** Matches all new events in memory. */
  #advance(): void {
    if (!this.#begun || this.stopped) return;
    while (this.#scannedOffset >= this.#tail.start && this.#scannedOffset < this.#tail.next) {
      this.#examine(this.#tail.read(this.#scannedOffset, this.limits.batchEvents));
    }
    if (this.#scannedOffset >= this.#tail.next) return;
    this.#scan.notify();
    if (this.#scan.isStuck) for (const active of this.#registry.behind) this.#changed(active);
  }

  /** The scan is stuck: feeds ahead of it stop being live and continue on their own. */
  #serveEachAlone(): void {
    for (const active of this.#registry.active()) {
      active.leave(this.#scannedOffset);
      this.#changed(active);
    }
  }

  /** Matches events that continue from the scanned offset. */
  #examine({ events, next }: EventBatch<SizedEvent>): void {
    let [looks, owed] = [0, 0];
    for (const event of events) {
      const { offset } = event.position;
      if (offset < this.#scannedOffset) continue;
      looks++;
      let isOwed = false;
      for (const indexed of this.index.owedTo(event)) {
        isOwed = true;
        const active = this.#registry.get(indexed.feed.feedId) ?? this.#registry.activate(indexed, offset);
        if (active?.live) active.offerLive(event);
      }
      if (isOwed) owed++;
    }
    if (looks > 0) this.ports.observer.lookedAt(this.claim, { owed, filtered: looks - owed });
    this.#scannedOffset = Math.max(this.#scannedOffset, next);
    for (const active of this.#registry.behind) this.#changed(active);
  }

  /** Offers a feed what is in memory, or wakes the scan to read history for it. */
  #changed(active: ActiveFeed): void {
    if (this.#registry.get(active.feedId) !== active) return;
    while (active.isOpen && !active.live && this.#begun) {
      if (active.next >= this.#reach) {
        // A replay never goes live: it follows the scanned offset up to its end.
        if (active.isReplay || this.#scan.isStuck) break;
        active.live = true;
      } else if (active.next < this.#tail.start || active.next >= this.#tail.next || !active.isReady) break;
      else active.offer(this.#tail.read(active.next, this.limits.batchEvents));
    }
    this.#registry.setLive(active);
    if (!active.live && active.needsHistory && this.#wantsHistory(active)) this.#scan.notify();
  }

  /** Scanned events may lie before the tail, and after it while nothing continues the tail. */
  #wantsHistory({ next }: ActiveFeed): boolean {
    return next < this.#reach && (next < this.#tail.start || next >= this.#tail.next);
  }

  /** How far a feed that is not live may read: not past the scanned offset, unless the scan is stuck. */
  get #reach(): number {
    return this.#scan.isStuck ? Math.max(this.#scannedOffset, this.#tail.next) : this.#scannedOffset;
  }

  #lost(): void {
    if (this.stopped) return;
    this.ports.observer.lost(this.claim);
    this.#giveUp();
  }

  #giveUp(): void {
    this.#end();
    this.#registry.lose();
  }

  /** Contains a bug to this partition. The owner of the dispatcher sees that it has stopped. */
  #background(work: () => unknown): void {
    inBackground(work, (error) => {
      this.ports.observer.failed('partition', this.claim, error);
      if (!this.stopped) this.#giveUp();
    });
  }

  #end(): void {
    this.#stop.abort();
    this.#saver.stop();
    this.#blockedLanes.stop();
    this.#scan.stop();
  }
}
