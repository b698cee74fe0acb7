import { ChangeSignal, type EventBatch, RecentEvents, type SizedEvent } from '#libs/kernel';
import type { ActiveFeed } from '../feeds/active-feed.js';
import type { FeedIndex } from '../feeds/feed-index.js';
import type { PartitionClaim } from '../ports.js';
import type { DispatchLimits, DispatchPorts } from '../dispatch-limits.js';
import { FeedRegistry, type RegistryPartition } from './feed-registry.js';

/**
 * Matches each event of a partition once against all feeds, and offers feeds what they have room for.
 *
 * ```
 *  new events ──examined──► owed to whom? ──► live feeds, and idle feeds, which are activated
 *  history ─────offered───► feeds that are behind, as far as they have room
 * ```
 */
export class EventOffers {
  /**
   * The log's tail drops an event once every reader has had it. Feeds come back to it here: those that had no room, and
   * those whose cursors are still being loaded. The data is the tail's own, so it is not in memory twice.
   */
  readonly recent: RecentEvents;
  readonly registry: FeedRegistry;
  /** Notified when history may have to be read. */
  readonly historyWanted = new ChangeSignal();
  #begun = false;
  #scannedOffset = 0;
  #stuckAt: number | undefined;

  /** @param end where new events begin; older ones are offered from history */
  constructor(
    private readonly claim: PartitionClaim,
    end: number,
    private readonly index: FeedIndex,
    private readonly stop: AbortSignal,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
    partition: Pick<RegistryPartition, 'save' | 'background'>,
  ) {
    const { recentEvents: events, recentBytes: bytes } = limits;
    const recent = new RecentEvents({ ...claim, offset: end }, { events, bytes });
    this.recent = recent;
    const scannedOffset = (): number => this.#scannedOffset;
    const changed = (active: ActiveFeed): void => this.offer(active);
    this.registry = new FeedRegistry(
      { ...partition, claim, index, recent, stop, scannedOffset, changed },
      ports,
      limits,
    );
  }

  /** Every event below this was matched against all live and idle feeds. */
  get scannedOffset(): number {
    return this.#scannedOffset;
  }

  /** The scanned offset is at an unreadable record and waits for an operator. */
  get isStuck(): boolean {
    return this.#stuckAt === this.#scannedOffset;
  }

  /** Active feeds whose next event is not in memory, with or without room for it. */
  behind(): ActiveFeed[] {
    return [...this.registry.behind].filter((active) => this.#wantsHistory(active));
  }

  /** The partition is claimed: events from here on are matched. */
  begin(scannedOffset: number): void {
    this.#scannedOffset = scannedOffset;
    this.#begun = true;
  }

  /** Takes new events from the log. */
  append(batch: EventBatch<SizedEvent>): void {
    this.recent.append(batch);
    this.advance();
  }

  /** New events will start at this offset, which may leave a gap behind the former ones. */
  continueAt(end: number): void {
    this.recent.restart(end);
    this.historyWanted.notify();
  }

  /** Matches all new events in memory. */
  advance(): void {
    if (!this.#begun || this.stop.aborted) return;
    const { recent } = this;
    while (this.#scannedOffset >= recent.start && this.#scannedOffset < recent.next) {
      this.#examine(recent.read(this.#scannedOffset, this.limits.batchEvents));
    }
    if (this.#scannedOffset >= recent.next) return;
    this.historyWanted.notify();
    if (this.isStuck) for (const active of this.registry.behind) this.offer(active);
  }

  /** Offers feeds that are behind a piece of history, and matches it if nobody did. */
  offerHistory(piece: EventBatch<SizedEvent>): void {
    const isIn = (offset: number): boolean => offset >= piece.first && offset < piece.next;
    for (const active of this.behind()) {
      if (!active.isOpen || !isIn(active.next)) continue;
      active.offer(piece);
      this.offer(active);
    }
    if (!isIn(this.#scannedOffset)) return;
    this.#examine(piece);
    this.advance();
  }

  /** The record at the scanned offset cannot be read: feeds ahead of it stop being live and continue on their own. */
  stick(): void {
    this.#stuckAt = this.#scannedOffset;
    for (const active of this.registry.active()) {
      active.leave(this.#scannedOffset);
      this.offer(active);
    }
  }

  /** Offers a feed what is in memory, or has history read for it. */
  offer(active: ActiveFeed): void {
    if (this.registry.get(active.feedId) !== active) return;
    while (active.isOpen && !active.live && this.#begun) {
      if (active.next >= this.#reach) {
        // A replay never goes live: it follows the scanned offset up to its end.
        if (active.isReplay || this.isStuck) break;
        active.live = true;
      } else if (!this.#isInMemory(active.next) || !active.isReady) break;
      else active.offer(this.recent.read(active.next, this.limits.batchEvents));
    }
    this.registry.setLive(active);
    if (!active.live && active.needsHistory && this.#wantsHistory(active)) this.historyWanted.notify();
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
        const active = this.registry.get(indexed.feed.feedId) ?? this.registry.activate(indexed, offset);
        if (active?.live) active.offerLive(event);
      }
      if (isOwed) owed++;
    }
    if (looks > 0) this.ports.observer.lookedAt(this.claim, { owed, filtered: looks - owed });
    this.#scannedOffset = Math.max(this.#scannedOffset, next);
    for (const active of this.registry.behind) this.offer(active);
  }

  /** Scanned events may lie before those in memory, and after them while the reader of the tail is behind. */
  #wantsHistory({ next }: ActiveFeed): boolean {
    return next < this.#reach && !this.#isInMemory(next);
  }

  #isInMemory(offset: number): boolean {
    return offset >= this.recent.start && offset < this.recent.next;
  }

  /** How far a feed that is not live may read: not past the scanned offset, unless the scan is stuck. */
  get #reach(): number {
    return this.isStuck ? Math.max(this.#scannedOffset, this.recent.next) : this.#scannedOffset;
  }
}
