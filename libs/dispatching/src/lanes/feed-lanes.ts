import type { RecordedEvent, TenantShares } from '#libs/kernel';
import { type LaneChanges, PendingChanges } from './pending-changes.js';
import type { Feed, ParkedDelivery, BlockedLane } from '../ports.js';
import { withTimeout } from '../timing/with-timeout.js';
import { ChangeSignal, StopSignal } from '../timing/stop-signal.js';
import { BlockedLanes } from './blocked-lanes.js';
import { type DeliveryPorts, type Failed, LaneDelivery, type OwedDelivery } from './lane-delivery.js';
import { type Lane, Lanes } from './lanes.js';

export interface FeedLanesPorts extends DeliveryPorts {
  /** How much memory the deliveries may take that wait in the process, over all feeds. A feed always has room for a few. */
  readonly budget: TenantShares;
}

/** What a feed wants to hear of its lanes. */
export interface LanesListener {
  /** An event is done with, for the cursor: it was delivered, or waits in the database. */
  finished(event: RecordedEvent, fate: 'delivered' | 'skipped' | 'parked'): void;
  /** There is room, or something to save. */
  moved(): void;
  /** A fault of ours: the feed ends. */
  crash(error: Error): void;
  /** Whether more is on its way to the lanes: soon, when there is something new, or never. */
  more(): 'soon' | 'later' | 'never';
}

/** The first deliveries of a lane that waits in the database. */
export interface ParkedPage {
  /** With their events. */
  readonly owed: readonly OwedDelivery[];
  /** The next one, if its event is left out of the log: it was broken, or is gone, and a person has said so. */
  readonly gone: ParkedDelivery | undefined;
}

/** `undefined` when stopped. */
export type ParkedReader = (lane: string, limit: number) => Promise<ParkedPage | undefined>;

type OwedDeliveries = readonly [OwedDelivery, ...OwedDelivery[]];

const PARKED_PAGE = 16;
/** In batch mode, while more is read from history. */
const FILL_MS = 50;
/** Large events come in smaller batches. In memory; as they are sent, they take about a quarter of that. */
const BATCH_BYTES = 16_777_216;
const SKIPPED = 'skipped/';
const GONE = 'gone-from-log';

/**
 * The lanes of one feed in one partition: those in memory, and those that wait in the database because their front
 * delivery has failed. What is owed goes behind what waits in its lane, wherever that is.
 *
 * ```
 *  in memory ──fails──► held, due later ──due──► tried, in order ──none left──► in memory again
 *                            └── no attempts left: a dead letter; the lane waits for a person, or (`skip`) goes on
 * ```
 */
export class FeedLanes {
  readonly #lanes: Lanes<OwedDelivery>;
  readonly #delivery: LaneDelivery;
  readonly #pending = new PendingChanges();
  readonly #blocked: BlockedLanes;
  readonly #changed = new ChangeSignal();
  /** Of the deliveries in memory. */
  #bytes = 0;
  /** Lanes that are being served from the database, and the attempts that are made for them. */
  #serving = 0;
  readonly #tries = new Set<Promise<boolean>>();

  /** @param mayHaveBlockedLanes whether lanes of it wait in the database */
  constructor(
    private readonly feed: Feed,
    mayHaveBlockedLanes: boolean,
    private readonly ports: FeedLanesPorts,
    patienceMs: number,
    private readonly listener: LanesListener,
    private readonly stopped: StopSignal,
  ) {
    this.#blocked = new BlockedLanes(!mayHaveBlockedLanes);
    this.#delivery = new LaneDelivery(feed, ports, patienceMs, stopped);
    this.#lanes = new Lanes(
      (lane) => this.#serve(lane),
      () => this.listener.moved(),
      (error) => this.listener.crash(error),
    );
  }

  /** Deliveries in memory. */
  get queued(): number {
    return this.#lanes.queued;
  }

  /** Whether there is something that is not saved. */
  get isUnsaved(): boolean {
    return this.#pending.size > 0;
  }

  get isServingBlocked(): boolean {
    return this.#serving > 0;
  }

  laneOf({ metadata }: RecordedEvent): string {
    const { ordering, batch } = this.feed.subscription;
    if (batch || ordering === 'partition') return '';
    return ordering === 'stream' ? metadata.streamId : metadata.eventId;
  }

  /** Whether the database has to be asked which lanes wait, before anything is added. */
  beginQuestion(): boolean {
    return this.#blocked.beginQuestion();
  }

  /** @param found the answer to the last question, if it was asked */
  add(owed: OwedDelivery, found: ReadonlySet<string> | undefined): void {
    const lane = this.laneOf(owed.event);
    if (this.#blocked.has(lane, found)) return this.#park(lane, owed);
    const { bytes } = owed.event;
    this.ports.budget.take(this.feed.subscription.tenant, bytes);
    this.#bytes += bytes;
    this.#lanes.add(lane, owed);
    this.#changed.notify();
  }

  collect(): LaneChanges {
    return this.#pending.collect();
  }

  /** What was collected last is durable. */
  confirm(): void {
    this.#blocked.saved(this.#pending.confirm());
  }

  /** Nothing more is coming for now: who waits for it looks again. */
  notify(): void {
    this.#changed.notify();
  }

  /** Tries a lane that waits in the database. @param flush saves what is pending */
  async serveBlocked(lane: BlockedLane, reader: ParkedReader, flush: () => Promise<void>): Promise<void> {
    this.#serving++;
    try {
      await this.#serveBlocked(lane, reader, flush);
    } finally {
      this.#serving--;
    }
  }

  async #serveBlocked(lane: BlockedLane, reader: ParkedReader, flush: () => Promise<void>): Promise<void> {
    const { batch, endpointRevision } = this.feed.subscription;
    // A new endpoint gets all attempts anew.
    let attempts = lane.endpointRevision === endpointRevision ? lane.attempts : 0;
    while (!this.stopped.stopped) {
      const last = this.#blocked.lastOf(lane.lane);
      const page = await reader(lane.lane, batch?.maxEvents ?? PARKED_PAGE);
      if (!page) return;
      // What was held back since that look was saved before it, or is seen by the next one.
      const { owed: found, gone } = page;
      const isEmpty = found.length === 0 && !gone && !this.#pending.parksIn(lane.lane);
      // From then on what is new goes ahead directly.
      if (isEmpty && this.#blocked.release(lane.lane, last)) return;
      for (let left = found; ; ) {
        const owed = frontOf(left, batch ? found.length : 1);
        if (!owed) break;
        left = left.slice(owed.length);
        const tried = this.#tryParked(lane, owed, attempts);
        this.#tries.add(tried);
        if (!(await tried.finally(() => this.#tries.delete(tried)))) return;
        attempts = 0;
      }
      // Nobody can deliver it: a person may see it, and skip it.
      if (gone) return this.#parkedFailed(lane, [gone], { attempts, retryInMs: null, lastError: GONE });
      await flush();
    }
  }

  /** @returns whether it was delivered */
  async #tryParked(lane: BlockedLane, owed: OwedDeliveries, attempts: number): Promise<boolean> {
    const end = await this.#delivery.deliver(owed, 'database', attempts);
    if (end === 'delivered') for (const { event } of owed) this.#delivered(lane.lane, event);
    else if (end !== 'stopped')
      this.#parkedFailed(
        lane,
        owed.map((each) => this.#parkedOf(lane.lane, each)),
        { ...end, lastError: end.lastError ?? lane.lastError },
      );
    return end === 'delivered';
  }

  /** Once it was told to stop: gives the attempts in flight some time to end. */
  async end(graceMs: number): Promise<void> {
    this.#changed.notify();
    const idle = Promise.allSettled([this.#lanes.idle(), ...this.#tries]);
    await withTimeout(graceMs, idle, this.ports.timers);
    this.abort();
    await idle;
    this.#giveBack(this.#bytes);
  }

  /** Ends the attempts in flight: they count as not made. */
  abort(): void {
    this.#delivery.abort();
  }

  async #serve(lane: Lane<OwedDelivery>): Promise<number> {
    const { batch } = this.feed.subscription;
    if (batch) await this.#fill(lane, batch.maxEvents, batch.maxWaitMs);
    const owed = frontOf(lane.queue, batch?.maxEvents ?? 1);
    if (!owed || this.stopped.stopped) return 0;
    const end = await this.#delivery.deliver(owed, 'memory');
    if (end === 'stopped') return 0;
    const done = end === 'delivered' ? owed.length : this.#failed(lane, owed, end);
    if (end === 'delivered') for (const { event } of owed) this.listener.finished(event, 'delivered');
    this.#giveBack(bytesOf(lane.queue.slice(0, done)));
    return done;
  }

  #giveBack(bytes: number): void {
    this.#bytes -= bytes;
    this.ports.budget.give(this.feed.subscription.tenant, bytes);
  }

  /** Waits for more, but no longer than it must. */
  async #fill(lane: Lane<OwedDelivery>, maxEvents: number, maxWaitMs: number): Promise<void> {
    const waitMs = this.listener.more() === 'soon' ? Math.max(maxWaitMs, FILL_MS) : maxWaitMs;
    const over = new StopSignal();
    const unsubscribe = this.stopped.onStop(() => over.stop());
    const wait = this.ports.timers.sleep(waitMs, over).then(() => over.stop());
    while (lane.queue.length < maxEvents && !over.stopped && this.listener.more() !== 'never') {
      await Promise.race([this.#changed.next(), wait]);
    }
    unsubscribe();
    over.stop();
  }

  /** @returns how much of the queue is done with. */
  #failed(lane: Lane<OwedDelivery>, owed: readonly OwedDelivery[], failed: Failed): number {
    if (!this.#isSkipped(failed)) {
      this.#setLane(lane.id, failed);
      for (const each of lane.queue) this.#park(lane.id, each);
      return lane.queue.length;
    }
    for (const each of owed) {
      const newLane = this.#skippedLane(each.event.metadata.eventId, failed);
      this.#pending.park(this.#parkedOf(newLane, each));
      this.listener.finished(each.event, 'skipped');
    }
    return owed.length;
  }

  #parkedFailed({ lane }: BlockedLane, parked: readonly ParkedDelivery[], failed: Failed): void {
    if (!this.#isSkipped(failed)) return this.#setLane(lane, failed);
    for (const { offset, eventId } of parked) {
      const newLane = this.#skippedLane(eventId, failed);
      this.#pending.detach({ feedId: this.feed.feedId, lane, offset, newLane });
      this.#redriven('skipped');
    }
  }

  #isSkipped({ retryInMs }: Failed): boolean {
    return retryInMs === null && this.feed.subscription.onExhausted === 'skip';
  }

  /** For a dead letter that holds nothing up: alone in a lane of its own. */
  #skippedLane(eventId: string, failed: Failed): string {
    const lane = `${SKIPPED}${eventId}`;
    this.#setLane(lane, failed);
    return lane;
  }

  #setLane(lane: string, { attempts, retryInMs, lastError }: Failed): void {
    const { feedId, subscription } = this.feed;
    const retryAt = retryInMs === null ? null : this.ports.timers.now() + retryInMs;
    const { subscriptionId, endpointRevision } = subscription;
    this.#pending.setLane({ feedId, subscriptionId, lane, attempts, retryAt, lastError, endpointRevision });
    this.listener.moved();
  }

  #park(lane: string, owed: OwedDelivery): void {
    this.#blocked.add(lane);
    this.#pending.park(this.#parkedOf(lane, owed));
    this.listener.finished(owed.event, 'parked');
  }

  #parkedOf(lane: string, { event, previousEventId }: OwedDelivery): ParkedDelivery {
    const { feedId } = this.feed;
    const { offset } = event.position;
    const { eventId } = event.metadata;
    return { feedId, lane, offset, eventId, eventType: event.type, previousEventId };
  }

  #delivered(lane: string, event: RecordedEvent): void {
    this.#pending.markDelivered({ feedId: this.feed.feedId, lane, offset: event.position.offset });
    this.#redriven('delivered');
  }

  #redriven(fate: 'delivered' | 'skipped'): void {
    this.ports.observer.counted(this.feed, 'redriven', 1);
    this.ports.observer.counted(this.feed, fate, 1);
  }
}

/** What is delivered together. */
function frontOf(queue: readonly OwedDelivery[], most: number): OwedDeliveries | undefined {
  const [first] = queue;
  if (!first) return undefined;
  const owed: [OwedDelivery, ...OwedDelivery[]] = [first];
  let { bytes } = first.event;
  for (const next of queue.slice(1, most)) {
    bytes += next.event.bytes;
    if (bytes > BATCH_BYTES) break;
    owed.push(next);
  }
  return owed;
}

const bytesOf = (deliveries: readonly OwedDelivery[]): number =>
  deliveries.reduce((sum, { event }) => sum + event.bytes, 0);
