import { asError, inBackground, type SizedEvent } from '#libs/kernel';
import type { DispatchPorts } from '../dispatch-limits.js';
import type {
  AttemptOutcome,
  AttemptRequest,
  BlockedLane,
  DetachedDelivery,
  FailedAttempt,
  Feed,
  ParkedDelivery,
} from '../ports.js';
import type { EndpointLimiter, KeptIn } from './endpoint-limiter.js';
import { retryDelayMs } from './retry-plan.js';

/** Deliveries made one at a time, in order. A lane exists while it has any. */
export interface Lane<Item> {
  readonly id: string;
  /** The front item is being served. */
  readonly queue: readonly Item[];
}

/** Serves the front of a lane. Resolves to the number of items done; 0 when stopped. */
type ServeLane<Item> = (lane: Lane<Item>) => Promise<number>;

interface QueuedLane<Item> extends Lane<Item> {
  readonly queue: Item[];
}

/** The lanes of one feed: each in order, all in parallel. */
export class Lanes<Item> {
  readonly #lanes = new Map<string, QueuedLane<Item>>();
  #idle: (() => void)[] = [];
  #queued = 0;

  /**
   * @param onProgress called when items are done
   * @param onCrash called when `serve` throws, which is a bug; the lane stops
   */
  constructor(
    private readonly serve: ServeLane<Item>,
    private readonly onProgress: () => void,
    private readonly onCrash: (error: Error) => void,
  ) {}

  /** Items waiting or being served. */
  get queued(): number {
    return this.#queued;
  }

  has(id: string): boolean {
    return this.#lanes.has(id);
  }

  add(id: string, item: Item): void {
    this.#queued++;
    const open = this.#lanes.get(id);
    if (open) {
      open.queue.push(item);
      return;
    }
    const lane: QueuedLane<Item> = { id, queue: [item] };
    this.#lanes.set(id, lane);
    inBackground(() => this.#run(lane), this.onCrash);
  }

  /** Resolves when all lanes are empty or stopped. */
  idle(): Promise<void> {
    if (this.#lanes.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  async #run(lane: QueuedLane<Item>): Promise<void> {
    try {
      while (lane.queue.length > 0) {
        const done = await this.serve(lane);
        if (done === 0) break;
        lane.queue.splice(0, done);
        this.#queued -= done;
        this.onProgress();
      }
    } catch (thrown) {
      this.onCrash(asError(thrown));
    }
    this.#close(lane);
  }

  #close(lane: Lane<Item>): void {
    this.#lanes.delete(lane.id);
    if (this.#lanes.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

/** The last delivery parked in a lane. */
interface LastParked {
  isSaved: boolean;
}

/** With more blocked lanes than this the set is no longer complete. */
const MOST_KNOWN = 1_000;

/**
 * The blocked lanes of a feed, behind which new deliveries have to queue. While they are few, all are known; otherwise
 * only recent ones are, and the database is asked for the others.
 */
export class BlockedLanes {
  readonly #known = new Map<string, LastParked>();

  /** @param isComplete whether the database had none at the start */
  constructor(private isComplete: boolean) {}

  /** Whether the database has to be asked. Starting a question discards earlier answers. */
  beginQuestion(): boolean {
    if (this.isComplete) return false;
    for (const [lane, { isSaved }] of this.#known) if (isSaved) this.#known.delete(lane);
    return true;
  }

  /** @param found the answer to the last question, if one was asked */
  has(lane: string, found?: ReadonlySet<string>): boolean {
    return this.#known.has(lane) || found?.has(lane) === true;
  }

  add(lane: string): void {
    this.#known.set(lane, { isSaved: false });
    if (this.#known.size > MOST_KNOWN) this.isComplete = false;
  }

  saved(lanes: Iterable<string>): void {
    for (const lane of lanes) {
      const last = this.#known.get(lane);
      if (last) last.isSaved = true;
    }
  }

  lastOf(lane: string): LastParked | undefined {
    return this.#known.get(lane);
  }

  /** Releases an empty lane, unless something was parked since `last`. @returns whether it was released */
  release(lane: string, last: LastParked | undefined): boolean {
    if (this.#known.get(lane) !== last) return false;
    this.#known.delete(lane);
    return true;
  }
}

type DeliveredRow = Pick<ParkedDelivery, 'feedId' | 'lane' | 'offset'>;

/** Lane changes to save beside a cursor. */
export interface LaneChanges {
  readonly parked: readonly ParkedDelivery[];
  readonly lanes: readonly BlockedLane[];
  readonly delivered: readonly DeliveredRow[];
  readonly detached: readonly DetachedDelivery[];
}

const NOTHING: LaneChanges = { parked: [], lanes: [], delivered: [], detached: [] };

/** Lane changes of a feed that are not saved yet. Those being saved are kept until the save is confirmed. */
export class PendingChanges {
  #parked: ParkedDelivery[] = [];
  #delivered: DeliveredRow[] = [];
  #detached: DetachedDelivery[] = [];
  readonly #lanes = new Map<string, BlockedLane>();
  #inSave: LaneChanges = NOTHING;

  get size(): number {
    return this.#parked.length + this.#delivered.length + this.#detached.length + this.#lanes.size;
  }

  park(delivery: ParkedDelivery): void {
    this.#parked.push(delivery);
  }

  markDelivered(delivery: DeliveredRow): void {
    this.#delivered.push(delivery);
  }

  detach(delivery: DetachedDelivery): void {
    this.#detached.push(delivery);
  }

  setLane(lane: BlockedLane): void {
    this.#lanes.set(lane.lane, lane);
  }

  parksIn(lane: string): boolean {
    return this.#parked.some((delivery) => delivery.lane === lane);
  }

  collect(): LaneChanges {
    this.#inSave = {
      parked: [...this.#parked],
      lanes: [...this.#lanes.values()],
      delivered: [...this.#delivered],
      detached: [...this.#detached],
    };
    return this.#inSave;
  }

  /** Call once the last collected changes are durable. @returns the lanes that the database now knows */
  confirm(): Set<string> {
    const { parked, lanes, delivered, detached } = this.#inSave;
    this.#parked = this.#parked.slice(parked.length);
    this.#delivered = this.#delivered.slice(delivered.length);
    this.#detached = this.#detached.slice(detached.length);
    for (const lane of lanes) if (this.#lanes.get(lane.lane) === lane) this.#lanes.delete(lane.lane);
    this.#inSave = NOTHING;
    return new Set([...parked, ...lanes].map(({ lane }) => lane));
  }
}

/** One event owed to a feed. */
export interface OwedDelivery {
  readonly event: SizedEvent;
  readonly previousEventId: string | null;
}

/** The deliveries of one request. */
export type OwedDeliveries = readonly [OwedDelivery, ...OwedDelivery[]];

/** A failed delivery whose retry does not follow at once. */
export interface Failed {
  readonly attempts: number;
  /** `null` when there is no further attempt. */
  readonly retryInMs: number | null;
  /** `null` when no attempt was made because the endpoint asked for a pause. */
  readonly lastError: string | null;
}

type Delivered = 'delivered' | 'stopped' | Failed;

/** How far a feed has come in its partition. */
export interface FeedWatermark {
  /** Everything owed to the feed below it is finished. */
  readonly watermark: number;
}

/** Makes the attempts of one feed. */
export class LaneDelivery {
  readonly #abort = new AbortController();

  /** @param patienceMs retries due within this time are waited for in memory */
  constructor(
    private readonly feed: Feed,
    private readonly ports: DispatchPorts,
    private readonly patienceMs: number,
    private readonly stop: AbortSignal,
    private readonly progress: FeedWatermark,
  ) {}

  /** @param attempts made so far */
  async deliver(owed: OwedDeliveries, keptIn: KeptIn, attempts = 0): Promise<Delivered> {
    const { feed, ports, stop } = this;
    let lastError: string | null = null;
    for (let attempt = attempts + 1; ; attempt++) {
      const limiter = await ports.limiters.acquire(feed, stop, keptIn);
      if (!limiter) return 'stopped';
      if ('postponedMs' in limiter)
        return { attempts: attempt - 1, retryInMs: limiter.postponedMs, lastError };
      const { outcome, retryInMs, wasCut } = await this.#attempt(owed, attempt, limiter);
      if (outcome.outcome === 'delivered') return 'delivered';
      // An attempt cut short by the stop proves nothing about the endpoint.
      if (wasCut) return 'stopped';
      lastError = describe(outcome);
      if (retryInMs === null || retryInMs > this.patienceMs)
        return { attempts: attempt, retryInMs, lastError };
      await ports.clock.sleep(retryInMs, stop);
    }
  }

  /** Ends the attempts in flight: they count as not made. */
  abort(): void {
    this.#abort.abort();
  }

  async #attempt(owed: OwedDeliveries, attempt: number, limiter: EndpointLimiter) {
    const { feed, ports, stop } = this;
    const { subscription, replayId, feedId } = feed;
    const startedAt = ports.clock.now();
    const events = eventsOf(owed);
    const { previousEventId } = owed[0];
    const { watermark } = this.progress;
    const request: AttemptRequest = { subscription, replayId, events, previousEventId, attempt, watermark };
    let outcome: AttemptOutcome | undefined;
    let wasCut = false;
    try {
      outcome = await ports.client.attempt(request, this.#abort.signal);
      wasCut = stop.aborted && outcome.outcome === 'failed';
    } finally {
      ports.limiters.release(limiter, wasCut ? undefined : outcome);
    }
    const retryInMs = this.#retryInMs(outcome, attempt);
    const durationMs = ports.clock.now() - startedAt;
    const becomes = becoming(outcome, wasCut, retryInMs);
    // Listed field by field because spreading the request is the slowest step here.
    ports.observer.attempted({
      feedId,
      subscription,
      replayId,
      events,
      previousEventId,
      attempt,
      watermark,
      startedAt,
      durationMs,
      outcome,
      retryInMs,
      becomes,
    });
    return { outcome, retryInMs, wasCut };
  }

  #retryInMs(outcome: AttemptOutcome, attempt: number): number | null {
    const { retry } = this.feed.subscription;
    if (outcome.outcome === 'delivered' || attempt >= retry.maxAttempts) return null;
    return retryDelayMs(retry, attempt, this.ports.random, outcome.retryAfterMs);
  }
}

function eventsOf([first, ...others]: OwedDeliveries): AttemptRequest['events'] {
  return others.length === 0 ? [first.event] : [first.event, ...others.map(({ event }) => event)];
}

function becoming({ outcome }: AttemptOutcome, wasCut: boolean, retryInMs: number | null) {
  if (outcome === 'delivered') return 'delivered' as const;
  if (wasCut) return 'cut-short' as const;
  return retryInMs === null ? ('dead-letter' as const) : ('retried' as const);
}

const describe = ({ reason, status }: FailedAttempt): string =>
  status === undefined ? reason : `${reason} ${status}`;
