import type { RecordedEvent } from '#libs/kernel';
import { waitAtMost } from './bounded-wait.js';
import { Cursor, type CursorState } from './cursor.js';
import { type EventFilter, eventFilterOf } from './event-filter.js';
import {
  type DeliveryPorts,
  type DeliveryProgress,
  LaneDelivery,
  type OwedDelivery,
} from './lane-delivery.js';
import { Lanes } from './lanes.js';
import type { ClaimedCursor, CursorClaim, EventBatch, RevisedSubscription } from './ports.js';
import { SaveProgress } from './save-progress.js';
import { ChangeSignal, StopSignal } from './stop-signal.js';
import { throughOutages } from './through-outages.js';

export interface FeedLimits {
  /** Events read and not finished. */
  readonly maxQueued: number;
  /** Deliveries finished and not saved: as many can be repeated after a crash. */
  readonly maxUnsaved: number;
  /** How long a cursor may stay unsaved that only passed over events not owed. */
  readonly idleSaveMs: number;
}

/** The partition as a feed reads it: history and what is new, in one. */
export interface EventReader {
  /** Waits until there is something from the offset on. `undefined` when stopped before. */
  read(offset: number, stop: StopSignal): Promise<EventBatch | undefined>;
}

/**
 * One subscription in one partition: reads from its cursor on, picks what is owed and feeds its lanes, never further
 * ahead than its limits. It pulls by offset, whatever the source: so it can neither skip nor repeat.
 */
export class SubscriptionFeed implements DeliveryProgress {
  readonly begunAt: number;
  readonly #cursor: Cursor;
  readonly #owes: EventFilter;
  readonly #lanes: Lanes<OwedDelivery>;
  readonly #delivery: LaneDelivery;
  readonly #progress: SaveProgress;
  readonly #changed = new ChangeSignal();
  readonly #stop = new StopSignal();
  /** Lanes that were parked since the store was asked last which ones are. */
  readonly #newlyParked = new Map<string, number>();
  #hasParked: boolean;

  constructor(
    readonly subscription: RevisedSubscription,
    private readonly claim: CursorClaim,
    { state, hasParked }: ClaimedCursor,
    private readonly reader: EventReader,
    private readonly ports: DeliveryPorts,
    private readonly limits: FeedLimits,
  ) {
    this.begunAt = ports.timers.now();
    this.#cursor = new Cursor(state);
    this.#hasParked = hasParked;
    this.#owes = eventFilterOf(subscription);
    this.#progress = new SaveProgress(this.#cursor, limits.idleSaveMs, this.begunAt);
    this.#delivery = new LaneDelivery(subscription, claim, ports, this, this.#stop);
    this.#lanes = new Lanes(
      this.#delivery.serve,
      () => this.#changed.notify(),
      (error) => this.#crash(error),
    );
    this.#stop.onStop(() => this.#changed.notify());
  }

  get watermark(): number {
    return this.#cursor.watermark;
  }

  /** Stopped, or ended by itself: because another dispatcher has the cursor, or by a fault. */
  get stopped(): boolean {
    return this.#stop.stopped;
  }

  start(): void {
    this.#run().catch((error: unknown) => this.#crash(error as Error));
  }

  /** Reads nothing more, and gives the attempts in flight some time to end. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.stop();
    const idle = this.#lanes.idle();
    await waitAtMost(graceMs, idle, this.ports.timers);
    this.#delivery.abort();
    await idle;
  }

  /** What of the cursor should be saved now, if anything. */
  unsaved(now: number): CursorState | undefined {
    return this.#progress.due(now);
  }

  saved(now: number): void {
    this.#progress.saved(now);
    this.#changed.notify();
  }

  lost(): void {
    if (this.stopped) return;
    this.#stop.stop();
    this.#delivery.abort();
    this.ports.observer.lost(this.claim, this.subscription.subscriptionId);
  }

  finished(offset: number): void {
    this.#cursor.finish(offset);
    this.#progress.deliveryFinished();
  }

  laneParked(lane: string, offset: number): void {
    this.#hasParked = true;
    if (!this.#newlyParked.has(lane)) this.#newlyParked.set(lane, offset);
  }

  #crash(error: Error): void {
    this.#stop.stop();
    this.ports.observer.crashed(this.claim, this.subscription.subscriptionId, error);
  }

  async #run(): Promise<void> {
    while (!this.stopped) {
      const batch = await throughOutages(
        () => this.reader.read(this.#cursor.next, this.#stop),
        (error) => this.ports.observer.failed('read', this.claim, error),
        this.ports,
        this.#stop,
      );
      if (batch) await this.#take(batch);
    }
  }

  async #take({ events, next }: EventBatch): Promise<void> {
    const owed = events.filter(this.#owes);
    const parkedFrom = await this.#parkedLanes(owed);
    for (const event of owed) {
      await this.#room();
      if (!parkedFrom || this.stopped) return;
      this.#owe(event, parkedFrom);
    }
    this.#cursor.readTo(next);
  }

  #owe(event: RecordedEvent, parkedFrom: ReadonlyMap<string, number>): void {
    const { metadata, position } = event;
    const lane = metadata.streamId;
    const { previousEventId, finished } = this.#cursor.owe(position.offset, metadata.eventId);
    if (finished) return;
    const parkedOffset = this.#newlyParked.get(lane) ?? parkedFrom.get(lane);
    // A lane is parked in order: what lies before its first parked delivery was delivered, and not saved in time.
    if (parkedOffset !== undefined && position.offset < parkedOffset) this.finished(position.offset);
    else this.#lanes.add(lane, { event, previousEventId }, parkedOffset !== undefined);
  }

  async #parkedLanes(owed: readonly RecordedEvent[]): Promise<ReadonlyMap<string, number> | undefined> {
    this.#newlyParked.clear();
    if (!this.#hasParked || owed.length === 0) return new Map();
    const lanes = [...new Set(owed.map(({ metadata }) => metadata.streamId))];
    return throughOutages(
      () => this.ports.parked.firstOffsets(this.claim, this.subscription.subscriptionId, lanes),
      (error) => this.ports.observer.failed('park', this.claim, error),
      this.ports,
      this.#stop,
    );
  }

  async #room(): Promise<void> {
    const { maxQueued, maxUnsaved } = this.limits;
    while (!this.stopped && (this.#lanes.queued >= maxQueued || this.#progress.unsaved >= maxUnsaved)) {
      await this.#changed.next();
    }
  }
}
