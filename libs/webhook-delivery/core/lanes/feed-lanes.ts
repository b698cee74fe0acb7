import { ChangeSignal, type EventMetadata, onAbort, type RecordedEvent, withTimeout } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';
import type { DispatchPorts } from '../dispatch-limits.js';
import type { BlockedLane, Feed, ParkedDelivery } from '../ports.js';
import {
  BlockedLanes,
  type Failed,
  type FeedWatermark,
  type Lane,
  type LaneChanges,
  LaneDelivery,
  Lanes,
  type OwedDeliveries,
  type OwedDelivery,
  PendingChanges,
} from './lanes.js';

/** Told by the lanes of a feed. */
export interface LanesListener extends FeedWatermark {
  /** The cursor may pass the event: it was delivered, skipped or parked. */
  finished(event: RecordedEvent, fate: 'delivered' | 'skipped' | 'parked'): void;
  /** There may be room, or something to save. */
  moved(): void;
  /** A bug: the feed ends. */
  crash(error: Error): void;
  /** Whether more deliveries follow: soon, with the next new event, or never. */
  more(): 'soon' | 'later' | 'never';
}

/** The first deliveries of a blocked lane. */
export interface ParkedPage {
  readonly owed: readonly OwedDelivery[];
  /** The next one, if an operator skipped its event because the record was broken or gone. */
  readonly gone: ParkedDelivery | undefined;
}

/** `undefined` when stopped. */
export type ParkedReader = (lane: string, limit: number) => Promise<ParkedPage | undefined>;

const PARKED_PAGE = 16;
/** How long a batch waits for more events while history is being read, in milliseconds. */
const FILL_MS = 50;
/** Bounds a batch by its size in memory, which is about four times its size as sent. */
const BATCH_BYTES = 16_777_216;
const GONE = 'gone-from-log';

/**
 * The lanes of one feed in one partition: in memory, or blocked in the database because the front delivery failed. A new
 * delivery always queues behind those of its lane, wherever they are.
 *
 * ```
 *  in memory ──fails──► blocked, due later ──due──► retried, in order ──empty──► in memory again
 *                            └── attempts exhausted: a dead letter; the lane waits for an operator, or (`skip`) goes on
 * ```
 */
export class FeedLanes {
  readonly #lanes: Lanes<OwedDelivery>;
  readonly #delivery: LaneDelivery;
  readonly #pending = new PendingChanges();
  readonly #blocked: BlockedLanes;
  readonly #changed = new ChangeSignal();
  /** Size of the deliveries in memory. */
  #bytes = 0;
  /** Blocked lanes in work, and their attempts. */
  #serving = 0;
  readonly #tries = new Set<Promise<boolean>>();

  /** @param mayHaveBlockedLanes whether the database may have blocked lanes of the feed */
  constructor(
    private readonly feed: Feed,
    mayHaveBlockedLanes: boolean,
    private readonly ports: DispatchPorts,
    patienceMs: number,
    private readonly listener: LanesListener,
    private readonly stop: AbortSignal,
  ) {
    this.#blocked = new BlockedLanes(!mayHaveBlockedLanes);
    this.#delivery = new LaneDelivery(feed, ports, patienceMs, stop, listener);
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

  get isUnsaved(): boolean {
    return this.#pending.size > 0;
  }

  get isServingBlocked(): boolean {
    return this.#serving > 0;
  }

  laneOf({ metadata }: RecordedEvent): string {
    return laneNameOf(this.feed.subscription, metadata);
  }

  /** Whether the database has to be asked which lanes are blocked before anything is added. */
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

  /** Call once the last collected changes are durable. */
  confirm(): void {
    this.#blocked.saved(this.#pending.confirm());
  }

  /** Makes batches that wait for more events check again. */
  notify(): void {
    this.#changed.notify();
  }

  /** Works off a blocked lane. @param flush saves what is pending */
  async serveBlocked(lane: BlockedLane, reader: ParkedReader, flush: () => Promise<void>): Promise<void> {
    this.#serving++;
    try {
      await this.#serveBlocked(lane, reader, flush);
    } finally {
      this.#serving--;
    }
  }

  async #serveBlocked(lane: BlockedLane, reader: ParkedReader, flush: () => Promise<void>): Promise<void> {
    const { batch } = this.feed.subscription;
    while (!this.stop.aborted) {
      const last = this.#blocked.lastOf(lane.lane);
      const page = await reader(lane.lane, batch?.maxEvents ?? PARKED_PAGE);
      if (!page) return;
      // A delivery parked since `lastOf` is either pending or found by the next read.
      const { owed: found, gone } = page;
      const isEmpty = found.length === 0 && !gone && !this.#pending.parksIn(lane.lane);
      // Once released, new deliveries of the lane stay in memory.
      if (isEmpty && this.#blocked.release(lane.lane, last)) return;
      for (let left = found; ; ) {
        const owed = frontOf(left, batch ? found.length : 1);
        if (!owed) break;
        left = left.slice(owed.length);
        const tried = this.#tryParked(lane, owed);
        this.#tries.add(tried);
        if (!(await tried.finally(() => this.#tries.delete(tried)))) return;
      }
      // Its event is gone, so it becomes a dead letter that an operator can see and skip.
      if (gone) {
        const { attempts } = this.#madeOf(gone.offset, lane);
        return this.#parkedFailed(lane, [gone], { attempts, retryInMs: null, lastError: GONE });
      }
      await flush();
    }
  }

  /**
   * The attempts that were made of a delivery. A lane that was read a moment ago may tell of another one: an event that a
   * change owes late can have come before it.
   */
  #madeOf(offset: number, lane: BlockedLane): Pick<BlockedLane, 'attempts' | 'lastError'> {
    if (lane.offset !== offset) return { attempts: 0, lastError: null };
    const { endpointRevision } = this.feed.subscription;
    // A new endpoint gets the full number of attempts.
    return lane.endpointRevision === endpointRevision ? lane : { ...lane, attempts: 0 };
  }

  /** @returns whether it was delivered */
  async #tryParked(lane: BlockedLane, owed: OwedDeliveries): Promise<boolean> {
    const [first, ...others] = owed;
    const { attempts, lastError } = this.#madeOf(first.event.position.offset, lane);
    const end = await this.#delivery.deliver(owed, 'database', attempts);
    if (end === 'delivered') for (const { event } of owed) this.#delivered(lane.lane, event);
    else if (end !== 'stopped')
      this.#parkedFailed(
        lane,
        [this.#parkedOf(lane.lane, first), ...others.map((each) => this.#parkedOf(lane.lane, each))],
        { ...end, lastError: end.lastError ?? lastError },
      );
    return end === 'delivered';
  }

  /** Gives attempts in flight time to end. Call it after the stop signal. */
  async end(graceMs: number): Promise<void> {
    this.#changed.notify();
    const idle = Promise.allSettled([this.#lanes.idle(), ...this.#tries]);
    await withTimeout(graceMs, idle, this.ports.clock);
    this.abort();
    await idle;
    this.#giveBack(this.#bytes);
  }

  /** Cuts attempts in flight short; they do not count. */
  abort(): void {
    this.#delivery.abort();
  }

  async #serve(lane: Lane<OwedDelivery>): Promise<number> {
    const { batch } = this.feed.subscription;
    if (batch) await this.#fill(lane, batch.maxEvents, batch.maxWaitMs);
    const owed = frontOf(lane.queue, batch?.maxEvents ?? 1);
    if (!owed || this.stop.aborted) return 0;
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

  /** Waits for a full batch, at most until its wait is over. */
  async #fill(lane: Lane<OwedDelivery>, maxEvents: number, maxWaitMs: number): Promise<void> {
    const waitMs = this.listener.more() === 'soon' ? Math.max(maxWaitMs, FILL_MS) : maxWaitMs;
    let isOver = false;
    const end = (): void => {
      isOver = true;
      this.#changed.notify();
    };
    const subscriptions = [this.ports.clock.after(waitMs, end), onAbort(this.stop, end)];
    while (lane.queue.length < maxEvents && !isOver && this.listener.more() !== 'never') {
      await this.#changed.next();
    }
    for (const unsubscribe of subscriptions) unsubscribe();
  }

  /** @returns how many deliveries leave the queue */
  #failed(lane: Lane<OwedDelivery>, owed: OwedDeliveries, failed: Failed): number {
    if (!this.#isSkipped(failed)) {
      this.#setLane(lane.id, owed[0].event.position.offset, failed);
      for (const each of lane.queue) this.#park(lane.id, each);
      return lane.queue.length;
    }
    for (const each of owed) {
      const parked = this.#parkedOf(lane.id, each);
      this.#pending.park({ ...parked, lane: this.#skippedLane(parked, failed) });
      this.listener.finished(each.event, 'skipped');
    }
    return owed.length;
  }

  #parkedFailed(
    { lane }: BlockedLane,
    parked: readonly [ParkedDelivery, ...ParkedDelivery[]],
    failed: Failed,
  ): void {
    if (!this.#isSkipped(failed)) return this.#setLane(lane, parked[0].offset, failed);
    for (const delivery of parked) {
      const newLane = this.#skippedLane(delivery, failed);
      this.#pending.detach({ feedId: this.feed.feedId, lane, offset: delivery.offset, newLane });
      this.#redriven('skipped');
    }
  }

  #isSkipped({ retryInMs }: Failed): boolean {
    return retryInMs === null && this.feed.subscription.onExhausted === 'skip';
  }

  /** Creates a lane of its own for a skipped dead letter, where it blocks nothing. */
  #skippedLane({ eventId, offset }: ParkedDelivery, failed: Failed): string {
    const lane = laneOfSkipped(eventId);
    this.#setLane(lane, offset, failed);
    return lane;
  }

  /** @param offset of the lane's front, which failed */
  #setLane(lane: string, offset: number, { attempts, retryInMs, lastError }: Failed): void {
    const { feedId, subscription } = this.feed;
    const retryAt = retryInMs === null ? null : this.ports.clock.now() + retryInMs;
    const { subscriptionId, endpointRevision } = subscription;
    const front = { offset, attempts, retryAt, lastError };
    this.#pending.setLane({ feedId, subscriptionId, lane, ...front, endpointRevision });
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

/** The lane that an event is delivered in, within its partition. */
export function laneNameOf(
  { ordering, batch }: Pick<Subscription, 'ordering' | 'batch'>,
  { streamId, eventId }: Pick<EventMetadata, 'streamId' | 'eventId'>,
): string {
  if (batch || ordering === 'partition') return '';
  return ordering === 'stream' ? streamId : eventId;
}

/** The lane of its own that a dead letter moves to when its subscription goes on without it. */
export const laneOfSkipped = (eventId: string): string => `skipped/${eventId}`;

/** The deliveries of the next request. */
function frontOf(queue: readonly OwedDelivery[], most: number): OwedDeliveries | undefined {
  const [first] = queue;
  if (!first) return undefined;
  const owed: [OwedDelivery, ...OwedDelivery[]] = [first];
  if (most === 1) return owed;
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
