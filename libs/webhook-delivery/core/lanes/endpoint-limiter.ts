import { type Clock, inBackground, onAbort } from '#libs/kernel';
import { normalizedUrl, type Subscription } from '#libs/webhooks';
import type { AttemptOutcome, Feed } from '../ports.js';
import { LONGEST_RETRY_AFTER_MS } from './retry-plan.js';

export interface EndpointLimits {
  /** Attempts of one feed in flight at once, over all its lanes and partitions. */
  readonly concurrency: number;
  /** Consecutive failures, in any lanes, after which the circuit opens. */
  readonly openAfterFailures: number;
  /** How long the circuit stays open before a single probe, in milliseconds; doubled after each failed probe. */
  readonly openMs: number;
  readonly longestOpenMs: number;
}

export const DEFAULT_ENDPOINT_LIMITS: EndpointLimits = {
  concurrency: 16,
  openAfterFailures: 50,
  openMs: 1_000,
  longestOpenMs: 60_000,
};

/** Where a delivery is kept while it waits for a permit. */
export type KeptIn = 'memory' | 'database';

/** The endpoint asked for a pause so long that the delivery had better wait in the database. */
interface Postponed {
  readonly postponedMs: number;
}

interface Waiting {
  readonly rateLimit: number | null;
  readonly keptIn: KeptIn;
  readonly resolve: (passage: EndpointLimiter | Postponed) => void;
}

/** The state of one endpoint. A caller releases the limiter that it acquired, even if the feed has a new endpoint by then. */
export interface EndpointLimiter {
  readonly feedId: string;
  readonly endpoint: Endpoint;
  inFlight: number;
  readonly waiting: Waiting[];
  /** How many of those waiting are kept in memory. */
  inMemory: number;
  /** Consecutive failures. */
  failures: number;
  /** When the rate and the circuit allow the next attempt, in milliseconds since 1970. */
  admitsAt: number;
  /** The circuit is half-open: the attempt in flight decides whether it closes. */
  isHalfOpen: boolean;
  /** Set while the attempt in flight probes, for all senders to the address, whether its pause is over. */
  probes: SparedAddress | undefined;
  /** Set while a timer for `admitsAt` runs. */
  alarm: (() => void) | undefined;
}

/** Deliveries wait out a pause up to this; during a longer one they free their place. */
const SHORT_PAUSE_MS = 1_000;
/** Unused rate of this span may be used in one burst. */
const BURST_MS = 100;

/**
 * One limiter for each endpoint: it bounds attempts in flight and their rate, opens a circuit after repeated failures and
 * honours `Retry-After`. A lane that waits for a retry holds no permit, so failing streams don't stop healthy ones. The
 * rate follows GCRA (ITU-T I.371).
 */
export class EndpointLimiters {
  readonly #limiters = new Map<string, EndpointLimiter>();
  readonly #pauses: EndpointPauses;

  constructor(
    private readonly clock: Clock,
    private readonly limits: EndpointLimits = DEFAULT_ENDPOINT_LIMITS,
  ) {
    this.#pauses = new EndpointPauses(clock);
  }

  /** Waits for a permit if there is none now, first come first served. `undefined` when stopped before. */
  acquire(
    { feedId, subscription }: Pick<Feed, 'feedId' | 'subscription'>,
    stop: AbortSignal,
    keptIn: KeptIn,
  ): EndpointLimiter | undefined | Promise<EndpointLimiter | Postponed | undefined> {
    if (stop.aborted) return undefined;
    const { rateLimit } = subscription;
    const limiter = this.#limiters.get(feedId) ?? newLimiter(feedId, endpointOf(subscription));
    this.#limiters.set(feedId, limiter);
    if (limiter.waiting.length > 0 || !this.#canAdmit(limiter))
      return this.#wait(limiter, { rateLimit, keptIn }, stop);
    this.#enter(limiter, rateLimit);
    return limiter;
  }

  /** Gives a permit back. @param outcome `undefined` when a stop cut the attempt short, which proves nothing */
  release(limiter: EndpointLimiter, outcome: AttemptOutcome | undefined): void {
    limiter.inFlight--;
    if (outcome?.outcome === 'delivered') limiter.failures = 0;
    if (outcome?.outcome === 'failed') this.#failed(limiter, outcome.retryAfterMs);
    this.#endProbe(limiter, outcome);
    this.#admit(limiter);
  }

  /** Forgets the record of a feed that has ended or has another endpoint. */
  forget(feedId: string): void {
    this.#limiters.delete(feedId);
  }

  /** How many attempts for deliveries in memory wait for a permit. */
  waiting(feedId: string): number {
    return this.#limiters.get(feedId)?.inMemory ?? 0;
  }

  /** How many endpoints have state. */
  get size(): number {
    return this.#limiters.size;
  }

  /** Whether another attempt need not wait for the circuit to close or a pause to end. */
  admits(feedId: string): boolean {
    const limiter = this.#limiters.get(feedId);
    if (!limiter || !(this.#isTripped(limiter) || this.#sparedAt(limiter))) return true;
    return limiter.waiting.length === 0 && this.#canAdmit(limiter);
  }

  #isTripped({ failures }: EndpointLimiter): boolean {
    return failures >= this.limits.openAfterFailures;
  }

  #sparedAt({ endpoint }: EndpointLimiter): SparedAddress | undefined {
    return this.#pauses.size === 0 ? undefined : this.#pauses.sparedAt(endpoint);
  }

  #isFull(limiter: EndpointLimiter): boolean {
    const oneAtATime = this.#isTripped(limiter) || this.#sparedAt(limiter) !== undefined;
    return limiter.inFlight >= (oneAtATime ? 1 : this.limits.concurrency);
  }

  #admitsAt(limiter: EndpointLimiter): number {
    return Math.max(limiter.admitsAt, this.#sparedAt(limiter)?.until ?? 0);
  }

  #canAdmit(limiter: EndpointLimiter): boolean {
    return (
      !this.#isFull(limiter) &&
      !this.#sparedAt(limiter)?.isProbed &&
      this.clock.now() >= this.#admitsAt(limiter)
    );
  }

  #enter(limiter: EndpointLimiter, rateLimit: number | null): void {
    limiter.inFlight++;
    limiter.isHalfOpen = this.#isTripped(limiter);
    const spared = this.#sparedAt(limiter);
    if (spared) {
      spared.isProbed = true;
      limiter.probes = spared;
    }
    if (rateLimit === null) return;
    const interval = 1_000 / rateLimit;
    const saved = this.clock.now() - Math.max(0, BURST_MS - interval);
    limiter.admitsAt = Math.max(limiter.admitsAt, saved) + interval;
  }

  #failed(limiter: EndpointLimiter, retryAfterMs = 0): void {
    if (retryAfterMs > 0) this.#pauses.add(limiter.endpoint, retryAfterMs);
    // Attempts that were in flight when the circuit opened prove nothing new.
    if (this.#isTripped(limiter) && !limiter.isHalfOpen) return;
    limiter.failures++;
    limiter.isHalfOpen = false;
    if (!this.#isTripped(limiter)) return;
    const { openAfterFailures, openMs, longestOpenMs } = this.limits;
    const pause = Math.min(longestOpenMs, openMs * 2 ** (limiter.failures - openAfterFailures));
    limiter.admitsAt = Math.max(limiter.admitsAt, this.clock.now() + pause);
  }

  /** A probing limiter has one attempt in flight, so the one released is the probe. */
  #endProbe(limiter: EndpointLimiter, outcome: AttemptOutcome | undefined): void {
    const probed = limiter.probes;
    if (!probed) return;
    limiter.probes = undefined;
    probed.isProbed = false;
    if (outcome?.outcome === 'delivered') this.#pauses.succeeded(limiter.endpoint, probed);
    // After a failure another feed probes next, so one bad delivery does not represent the whole address.
    const blocked = [...probed.blocked];
    probed.blocked.clear();
    for (const other of blocked) this.#admit(other);
  }

  #wait(
    limiter: EndpointLimiter,
    { rateLimit, keptIn }: Pick<Waiting, 'rateLimit' | 'keptIn'>,
    stop: AbortSignal,
  ): Promise<EndpointLimiter | Postponed | undefined> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        rateLimit,
        keptIn,
        resolve: (passage) => {
          unsubscribe();
          resolve(passage);
        },
      };
      limiter.waiting.push(waiting);
      if (keptIn === 'memory') limiter.inMemory++;
      const unsubscribe = onAbort(stop, () => {
        const index = limiter.waiting.indexOf(waiting);
        if (index >= 0) this.#remove(limiter, index);
        resolve(undefined);
        this.#admit(limiter);
      });
      this.#admit(limiter);
    });
  }

  #remove(limiter: EndpointLimiter, index: number): Waiting | undefined {
    const [removed] = limiter.waiting.splice(index, 1);
    if (removed?.keptIn === 'memory') limiter.inMemory--;
    return removed;
  }

  #admit(limiter: EndpointLimiter): void {
    while (limiter.waiting.length > 0 && this.#canAdmit(limiter)) {
      const next = this.#remove(limiter, 0);
      if (!next) break;
      this.#enter(limiter, next.rateLimit);
      next.resolve(limiter);
    }
    this.#postpone(limiter);
    if (limiter.waiting.length > 0) return this.#admitLater(limiter);
    limiter.alarm?.();
    limiter.alarm = undefined;
    const isUnused = limiter.inFlight === 0 && limiter.failures === 0 && !this.#sparedAt(limiter);
    if (isUnused && limiter.admitsAt <= this.clock.now() && this.#limiters.get(limiter.feedId) === limiter)
      this.#limiters.delete(limiter.feedId);
  }

  /** Sends deliveries that wait in the database back there while the endpoint is paused. */
  #postpone(limiter: EndpointLimiter): void {
    const postponedMs = (this.#sparedAt(limiter)?.until ?? 0) - this.clock.now();
    if (postponedMs <= SHORT_PAUSE_MS) return;
    for (let index = limiter.waiting.length - 1; index >= 0; index--) {
      if (limiter.waiting[index]?.keptIn === 'database')
        this.#remove(limiter, index)?.resolve({ postponedMs });
    }
  }

  /** Needs no timer when full, as each release admits the next, nor behind another limiter's probe, whose end does. */
  #admitLater(limiter: EndpointLimiter): void {
    if (limiter.alarm || this.#isFull(limiter)) return;
    const opensInMs = this.#admitsAt(limiter) - this.clock.now();
    const spared = this.#sparedAt(limiter);
    if (spared?.isProbed && opensInMs <= 0) {
      spared.blocked.add(limiter);
      return;
    }
    const open = (): void => {
      limiter.alarm = undefined;
      this.#admit(limiter);
    };
    limiter.alarm = this.clock.after(Math.max(1, opensInMs), () => inBackground(open, open));
  }
}

const newLimiter = (feedId: string, endpoint: Endpoint): EndpointLimiter => ({
  feedId,
  endpoint,
  inFlight: 0,
  waiting: [],
  inMemory: 0,
  failures: 0,
  admitsAt: 0,
  isHalfOpen: false,
  probes: undefined,
  alarm: undefined,
});

/** A tenant's address, as of a revision of its subscription. */
interface Endpoint extends Pick<Subscription, 'subscriptionId' | 'endpointRevision'> {
  readonly address: string;
}

const endpointOf = ({
  tenant,
  callbackUrl,
  subscriptionId,
  endpointRevision,
}: Pick<Subscription, 'tenant' | 'callbackUrl' | 'subscriptionId' | 'endpointRevision'>): Endpoint => ({
  address: `${tenant} ${normalizedUrl(callbackUrl)}`,
  subscriptionId,
  endpointRevision,
});

/** An address that asked for a pause. Nothing is sent during the pause, then only probes until one succeeds. */
interface SparedAddress {
  /** Milliseconds since 1970. */
  until: number;
  /** The endpoint that received the answer. A later revision of that subscription was resumed, which ends the pause. */
  heardBy: Pick<Endpoint, 'subscriptionId' | 'endpointRevision'>;
  /** One attempt is in flight to find out whether the address accepts more. */
  isProbed: boolean;
  /** Senders blocked only by the probe, to be admitted when it ends. */
  readonly blocked: Set<EndpointLimiter>;
}

/** Spared addresses are cleared out once there are this many, and then whenever their number has doubled. */
const MANY = 1_000;
/** Nothing may ever be sent to an address again, so a pause that ended this long ago is dropped without a success. */
const FORGOTTEN_AFTER_MS = 3_600_000;

/**
 * Pauses that addresses asked for by `Retry-After`. A pause applies to every subscription and replay of the tenant that
 * sends to the address, and so does the single probe after it.
 */
class EndpointPauses {
  readonly #spared = new Map<string, SparedAddress>();
  #clearAt = MANY;

  constructor(private readonly clock: Pick<Clock, 'now'>) {}

  get size(): number {
    return this.#spared.size;
  }

  /** Never shortens a pause. */
  add(endpoint: Endpoint, retryAfterMs: number): void {
    const until = this.clock.now() + Math.min(retryAfterMs, LONGEST_RETRY_AFTER_MS);
    const { address, subscriptionId, endpointRevision } = endpoint;
    const heardBy = { subscriptionId, endpointRevision };
    const spared = this.sparedAt(endpoint);
    if (!spared) this.#spared.set(address, { until, heardBy, isProbed: false, blocked: new Set() });
    else if (until > spared.until) Object.assign(spared, { until, heardBy });
    if (this.#spared.size > this.#clearAt) this.#clearOut();
  }

  /** `undefined` when the address may be sent to as usual. */
  sparedAt({ address, subscriptionId, endpointRevision }: Endpoint): SparedAddress | undefined {
    const spared = this.#spared.get(address);
    if (!spared) return undefined;
    const { heardBy } = spared;
    const hasResumed =
      heardBy.subscriptionId === subscriptionId && heardBy.endpointRevision < endpointRevision;
    if (!hasResumed) return spared;
    this.#spared.delete(address);
    return undefined;
  }

  /** A probe succeeded. A pause that was asked for during the probe still holds. */
  succeeded({ address }: Endpoint, probed: SparedAddress): void {
    if (probed.until <= this.clock.now() && this.#spared.get(address) === probed)
      this.#spared.delete(address);
  }

  #clearOut(): void {
    const endedBefore = this.clock.now() - FORGOTTEN_AFTER_MS;
    for (const [address, { until, isProbed }] of this.#spared)
      if (until <= endedBefore && !isProbed) this.#spared.delete(address);
    this.#clearAt = Math.max(MANY, 2 * this.#spared.size);
  }
}
