import {
  asError,
  type EventBatch,
  inBackground,
  indexOfOffset,
  retryUntilStopped,
  type SizedEvent,
  topicPartitionKey,
} from '#libs/kernel';
import type { DispatchLimits, DispatchPorts } from '../dispatch-limits.js';
import { Cursor, CursorSaves } from './cursor.js';
import { FeedLanes, type ParkedReader, type LanesListener } from '../lanes/feed-lanes.js';
import type { BlockedLane, PartitionClaim, SavedCursor } from '../ports.js';
import type { IndexedFeed } from './feed-index.js';
import type { LaneChanges } from '../lanes/lanes.js';

/** The unsaved changes of an active feed. */
export interface ActiveFeedChanges extends LaneChanges {
  readonly cursor: SavedCursor;
}

/** A feed as the database knows it. */
export interface SavedFeed {
  readonly cursor: SavedCursor;
  /** Whether some of its lanes may be blocked. */
  readonly mayHaveBlockedLanes: boolean;
  /** Whether the database has this very cursor, as active. */
  readonly isSaved: boolean;
}

/**
 * One feed in one partition while it has work. It takes the owed events among those offered, in log order from its
 * cursor, into its lanes, within its limits. Events without room are left and offered again later, so the feed neither
 * skips nor repeats any, and nothing else waits for it.
 */
export class ActiveFeed implements LanesListener {
  /** Caught up: new events are offered as they arrive, and the cursor moves with the partition. */
  live = false;
  readonly #cursor: Cursor;
  readonly #lanes: FeedLanes;
  readonly #saves: CursorSaves;
  readonly #stop = new AbortController();
  readonly #end: number;
  #busy = false;

  /** @param changed called when there may be room again or something to save */
  constructor(
    readonly indexed: IndexedFeed,
    private readonly claim: PartitionClaim,
    { cursor, mayHaveBlockedLanes, isSaved }: SavedFeed,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
    private readonly changed: (active: ActiveFeed) => void,
  ) {
    const { feed, rulesRevision } = indexed;
    const { generation } = cursor;
    this.#cursor = new Cursor(cursor);
    this.#saves = new CursorSaves(
      this.#cursor,
      { rulesRevision, generation },
      isSaved,
      limits,
      ports.clock.now(),
    );
    this.#end = feed.until?.[topicPartitionKey(claim)] ?? Number.POSITIVE_INFINITY;
    this.#lanes = new FeedLanes(feed, mayHaveBlockedLanes, ports, limits.patienceMs, this, this.#stop.signal);
  }

  get feedId(): string {
    return this.indexed.feed.feedId;
  }

  get isReplay(): boolean {
    return this.indexed.feed.replayId !== null;
  }

  /** The next offset to offer. */
  get next(): number {
    return this.#cursor.next;
  }

  get watermark(): number {
    return this.#cursor.watermark;
  }

  /** Stopped, or ended by a bug. */
  get stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Whether it would take an event now. */
  get isOpen(): boolean {
    return !this.stopped && !this.#busy && !this.hasReachedEnd && this.#room > 0;
  }

  /** Whether it is nearly empty or has room for a good many events, so that offering it what is in memory is worthwhile. */
  get isReady(): boolean {
    const { fewQueued, mostWaiting } = this.limits;
    if (!this.isOpen) return false;
    return this.#lanes.queued < fewQueued || this.ports.limiters.waiting(this.feedId) <= mostWaiting / 2;
  }

  /** Whether history is worth reading for it. */
  get needsHistory(): boolean {
    return this.isReady && this.#lanes.queued <= this.#mostQueued / 2;
  }

  /** It has an end and has read up to it. */
  get hasReachedEnd(): boolean {
    return this.#cursor.next >= this.#end;
  }

  /** It has reached its end, and that is saved. */
  get isDone(): boolean {
    return this.hasReachedEnd && this.#isQuiet && !this.#saves.isUnsaved;
  }

  /** Owed events that were read but are not finished. */
  get unfinished(): number {
    return this.#cursor.unfinished;
  }

  /** Offers events that continue from `next`; it takes as many as it has room for. */
  offer({ events, next }: EventBatch<SizedEvent>): void {
    this.#orCrash(() => {
      const room = this.#room;
      const owed: SizedEvent[] = [];
      for (const event of events.slice(indexOfOffset(events, this.next))) {
        const { offset } = event.position;
        // Later events are matched once there is room for them.
        if (offset >= this.#end || owed.length >= room)
          return this.#takeOwed(owed, Math.min(offset, this.#end));
        if (this.indexed.matches(event)) owed.push(event);
      }
      this.#takeOwed(owed, Math.min(next, this.#end));
    });
  }

  /** Offers one owed event as it arrives. */
  offerLive(event: SizedEvent): void {
    this.#orCrash(() => {
      const { offset } = event.position;
      if (offset < this.next) return;
      if (!this.#busy) this.#cursor.readTo(offset);
      if (this.isOpen) return this.#takeOwed([event], offset + 1);
      this.live = false;
      this.changed(this);
    });
  }

  /** Nothing more will be offered. A live feed's cursor moves up to the scanned offset first. */
  leave(scannedOffset: number): void {
    if (this.live && !this.#busy) this.#cursor.readTo(scannedOffset);
    this.live = false;
  }

  /** Collects what is due to be saved. @param scannedOffset how far all live feeds have come */
  collect(scannedOffset: number, now: number): ActiveFeedChanges | undefined {
    return this.#orCrash(() => {
      if (this.live && !this.#busy) this.#cursor.readTo(scannedOffset);
      const isQuiet = this.#isQuiet;
      const due = this.#saves.collect(
        {
          // An idle cursor would forget what finished ahead of it, and deliver that again.
          isUpToDate: isQuiet && this.live && !this.stopped && !this.#cursor.isRereading,
          hasReachedEnd: isQuiet && this.hasReachedEnd,
          hasMore: this.#lanes.isUnsaved,
        },
        now,
      );
      return due && { ...this.#lanes.collect(), cursor: due };
    });
  }

  /** Call once the collected changes are durable. @returns whether the feed is now idle and has no work left */
  confirm(now: number): boolean {
    this.#lanes.confirm();
    const rests = this.#saves.confirm(now);
    this.moved();
    return rests && this.live && this.#isQuiet;
  }

  /** Works off a blocked lane. @param flush saves what is pending */
  serveBlocked(lane: BlockedLane, reader: ParkedReader, flush: () => Promise<void>): Promise<void> {
    return this.#lanes.serveBlocked(lane, reader, flush);
  }

  /** Takes nothing more and gives attempts in flight time to end. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    await this.#lanes.end(graceMs);
  }

  crash(error: Error): void {
    if (this.stopped) return;
    // It may have crashed in the middle of a batch, which it must not pass with the others.
    this.live = false;
    this.#stop.abort();
    this.#lanes.abort();
    this.ports.observer.crashed(this.claim, this.feedId, error);
  }

  finished(event: SizedEvent, fate: 'delivered' | 'skipped' | 'parked'): void {
    this.#cursor.finish(event.position.offset);
    this.#saves.finished();
    this.ports.observer.counted(this.indexed.feed, fate, 1);
  }

  moved(): void {
    this.#lanes.notify();
    this.changed(this);
  }

  more(): 'soon' | 'later' | 'never' {
    if (this.hasReachedEnd || this.stopped) return 'never';
    return this.live ? 'later' : 'soon';
  }

  /** Contains a bug to this feed. */
  #orCrash<Value>(work: () => Value): Value | undefined {
    try {
      return work();
    } catch (thrown) {
      this.crash(asError(thrown));
      return undefined;
    }
  }

  /** No work is in progress or unsaved. */
  get #isQuiet(): boolean {
    return !this.#busy && this.unfinished === 0 && !this.#lanes.isUnsaved && !this.#lanes.isServingBlocked;
  }

  /** How many more deliveries fit. */
  get #room(): number {
    const { fewQueued, maxUnsaved, mostWaiting } = this.limits;
    const { queued } = this.#lanes;
    if (this.#saves.unsaved >= maxUnsaved) return 0;
    const few = Math.min(fewQueued, this.#mostQueued) - queued;
    if (!this.ports.budget.hasRoom(this.indexed.feed.subscription.tenant)) return few;
    const waiting = mostWaiting - this.ports.limiters.waiting(this.feedId);
    return Math.max(few, Math.min(this.#mostQueued - queued, waiting));
  }

  get #mostQueued(): number {
    return Math.max(this.limits.maxQueued, 2 * (this.indexed.feed.subscription.batch?.maxEvents ?? 0));
  }

  #takeOwed(owed: readonly SizedEvent[], next: number): void {
    if (owed.length === 0 || !this.#lanes.beginQuestion()) return this.#take(owed, next);
    this.#busy = true;
    inBackground(
      () => this.#takeBehindBlocked(owed, next),
      (error) => this.crash(error),
    );
  }

  #take(owed: readonly SizedEvent[], next: number, found?: ReadonlySet<string>): void {
    for (const event of owed) {
      if (this.#room <= 0 || this.stopped) return this.#leaveFrom(event);
      this.#owe(event, found);
    }
    this.#cursor.readTo(next);
  }

  /** Leaves this and later events to be offered again, as the scan has already passed them. */
  #leaveFrom({ position }: SizedEvent): void {
    this.live = false;
    this.#cursor.readTo(position.offset);
  }

  async #takeBehindBlocked(owed: readonly SizedEvent[], next: number): Promise<void> {
    const lanes = [...new Set(owed.map((event) => this.#lanes.laneOf(event)))];
    const found = await retryUntilStopped(
      () => this.ports.store.blockedAmong(this.claim, this.feedId, lanes),
      (error) => this.ports.observer.failed('lanes', this.claim, error),
      this.ports,
      this.#stop.signal,
    );
    this.#busy = false;
    if (found) this.#take(owed, next, found);
    else this.live = false;
    this.changed(this);
  }

  #owe(event: SizedEvent, found: ReadonlySet<string> | undefined): void {
    const { metadata, position } = event;
    const { previousEventId, finished } = this.#cursor.owe(position.offset, metadata.eventId);
    this.#saves.owed(this.ports.clock.now());
    if (finished) return;
    this.ports.observer.counted(this.indexed.feed, 'owed', 1);
    this.#lanes.add({ event, previousEventId }, found);
  }
}
