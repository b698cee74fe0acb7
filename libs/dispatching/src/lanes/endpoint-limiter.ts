import type { AttemptOutcome, Feed, Timers } from '../ports.js';
import { inBackground } from '../timing/background.js';
import { StopSignal } from '../timing/stop-signal.js';
import { type Endpoint, endpointOf, EndpointPauses, type SparedAddress } from './endpoint-pauses.js';

export interface EndpointLimits {
  /** Attempts of one feed under way at once, over all its lanes and partitions. */
  readonly concurrency: number;
  /** So many failures in a row, in whichever lanes, and the endpoint counts as dead. */
  readonly openAfterFailures: number;
  /** A dead endpoint is tried again after this time, by one attempt; then after twice as long, and so on. */
  readonly openMs: number;
  readonly longestOpenMs: number;
}

export const DEFAULT_ENDPOINT_LIMITS: EndpointLimits = {
  concurrency: 16,
  openAfterFailures: 50,
  openMs: 1_000,
  longestOpenMs: 60_000,
};

/** Where a delivery is kept while it waits for its turn. */
export type KeptIn = 'memory' | 'database';

/** The endpoint wants to be spared for so long that the delivery is better kept in the database. */
export interface Postponed {
  readonly postponedMs: number;
}

interface Waiting {
  readonly rateLimit: number | null;
  readonly keptIn: KeptIn;
  readonly resolve: (passage: EndpointLimiter | Postponed) => void;
}

/** Of one endpoint. Whoever has passed it holds it, and leaves by the same, even when the feed has another one by then. */
export interface EndpointLimiter {
  readonly feedId: string;
  readonly endpoint: Endpoint;
  inFlight: number;
  readonly waiting: Waiting[];
  /** Those of them that are kept in memory. */
  inMemory: number;
  /** In a row. */
  failures: number;
  /** Milliseconds since 1970 from which on the next attempt may begin: because of the rate, or of failures. */
  admitsAt: number;
  /** The attempt under way asks whether a dead endpoint lives again. */
  isHalfOpen: boolean;
  /** The attempt under way asks, for everyone who sends to the address, whether a pause is really over. */
  probes: SparedAddress<EndpointLimiter> | undefined;
  /** Set while the time is awaited at which it opens. */
  alarm: StopSignal | undefined;
}

/** A pause up to this is waited for; through a longer one nothing holds a place that others need. */
const SHORT_PAUSE_MS = 1_000;
/** What was not used of a rate may be used at once, as far as it has been saved up in this time. */
const BURST_MS = 100;

/**
 * What one endpoint is spared, and what it may cost: it bounds the attempts under way and their rate, asks an endpoint
 * that has died only now and then, and none that has asked for a pause. A lane that waits for its next retry holds no
 * place, so that bad streams don't stop good ones. The rate is kept by GCRA (ITU-T I.371).
 */
export class EndpointLimiters {
  readonly #limiters = new Map<string, EndpointLimiter>();
  readonly #pauses: EndpointPauses<EndpointLimiter>;

  constructor(
    private readonly timers: Timers,
    private readonly limits: EndpointLimits = DEFAULT_ENDPOINT_LIMITS,
  ) {
    this.#pauses = new EndpointPauses<EndpointLimiter>(timers);
  }

  /** In the order of asking. `undefined` when stopped before there was room. */
  async acquire(
    { feedId, subscription }: Pick<Feed, 'feedId' | 'subscription'>,
    stop: StopSignal,
    keptIn: KeptIn,
  ): Promise<EndpointLimiter | Postponed | undefined> {
    if (stop.stopped) return undefined;
    const { rateLimit } = subscription;
    const limiter = this.#limiters.get(feedId) ?? newLimiter(feedId, endpointOf(subscription));
    this.#limiters.set(feedId, limiter);
    if (limiter.waiting.length > 0 || !this.#canAdmit(limiter))
      return this.#wait(limiter, { rateLimit, keptIn }, stop);
    this.#enter(limiter, rateLimit);
    return limiter;
  }

  /** Gives a place back. @param outcome `undefined` when the attempt was cut short, which says nothing of the endpoint */
  release(limiter: EndpointLimiter, outcome: AttemptOutcome | undefined): void {
    limiter.inFlight--;
    if (outcome?.outcome === 'delivered') limiter.failures = 0;
    if (outcome?.outcome === 'failed') this.#failed(limiter, outcome.retryAfterMs);
    this.#endProbe(limiter, outcome);
    this.#admit(limiter);
  }

  /** There is no such feed any more, or it has another endpoint: what this one did says nothing of that. */
  forget(feedId: string): void {
    this.#limiters.delete(feedId);
  }

  /** How many attempts for what is kept in memory wait for their turn. */
  waiting(feedId: string): number {
    return this.#limiters.get(feedId)?.inMemory ?? 0;
  }

  /** Of how many endpoints there is something to remember. */
  get size(): number {
    return this.#limiters.size;
  }

  /** Whether an attempt more need not wait for the endpoint to come back to life, or for the end of a pause. */
  admits(feedId: string): boolean {
    const limiter = this.#limiters.get(feedId);
    if (!limiter || !(this.#isTripped(limiter) || this.#sparedAt(limiter))) return true;
    return limiter.waiting.length === 0 && this.#canAdmit(limiter);
  }

  #isTripped({ failures }: EndpointLimiter): boolean {
    return failures >= this.limits.openAfterFailures;
  }

  #sparedAt({ endpoint }: EndpointLimiter): SparedAddress<EndpointLimiter> | undefined {
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
      this.timers.now() >= this.#admitsAt(limiter)
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
    const saved = this.timers.now() - Math.max(0, BURST_MS - interval);
    limiter.admitsAt = Math.max(limiter.admitsAt, saved) + interval;
  }

  #failed(limiter: EndpointLimiter, retryAfterMs = 0): void {
    if (retryAfterMs > 0) this.#pauses.add(limiter.endpoint, retryAfterMs);
    // Attempts that were under way when it died say nothing new.
    if (this.#isTripped(limiter) && !limiter.isHalfOpen) return;
    limiter.failures++;
    limiter.isHalfOpen = false;
    if (!this.#isTripped(limiter)) return;
    const { openAfterFailures, openMs, longestOpenMs } = this.limits;
    const pause = Math.min(longestOpenMs, openMs * 2 ** (limiter.failures - openAfterFailures));
    limiter.admitsAt = Math.max(limiter.admitsAt, this.timers.now() + pause);
  }

  /** While a gate probes, it has no other attempt under way, so whoever leaves is the probe. */
  #endProbe(limiter: EndpointLimiter, outcome: AttemptOutcome | undefined): void {
    const probed = limiter.probes;
    if (!probed) return;
    limiter.probes = undefined;
    probed.isProbed = false;
    if (outcome?.outcome === 'delivered') this.#pauses.succeeded(limiter.endpoint, probed);
    // After a failure the next probe is another's, so that one bad delivery does not stand for the whole address.
    const blocked = [...probed.blocked];
    probed.blocked.clear();
    for (const other of blocked) this.#admit(other);
  }

  #wait(
    limiter: EndpointLimiter,
    { rateLimit, keptIn }: Pick<Waiting, 'rateLimit' | 'keptIn'>,
    stop: StopSignal,
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
      const unsubscribe = stop.onStop(() => {
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
    limiter.alarm?.stop();
    const isUnused = limiter.inFlight === 0 && limiter.failures === 0 && !this.#sparedAt(limiter);
    if (isUnused && limiter.admitsAt <= this.timers.now() && this.#limiters.get(limiter.feedId) === limiter)
      this.#limiters.delete(limiter.feedId);
  }

  /** What waits in the database needs no place here while the endpoint is spared. */
  #postpone(limiter: EndpointLimiter): void {
    const postponedMs = (this.#sparedAt(limiter)?.until ?? 0) - this.timers.now();
    if (postponedMs <= SHORT_PAUSE_MS) return;
    for (let index = limiter.waiting.length - 1; index >= 0; index--) {
      if (limiter.waiting[index]?.keptIn === 'database')
        this.#remove(limiter, index)?.resolve({ postponedMs });
    }
  }

  /** When it is full, whoever leaves admits the next; likewise when only another gate's probe is in the way. */
  #admitLater(limiter: EndpointLimiter): void {
    if (limiter.alarm || this.#isFull(limiter)) return;
    const opensInMs = this.#admitsAt(limiter) - this.timers.now();
    const spared = this.#sparedAt(limiter);
    if (spared?.isProbed && opensInMs <= 0) {
      spared.blocked.add(limiter);
      return;
    }
    limiter.alarm = new StopSignal();
    const opened = this.timers.sleep(Math.max(1, opensInMs), limiter.alarm);
    const open = (): void => {
      limiter.alarm = undefined;
      this.#admit(limiter);
    };
    inBackground(() => opened.then(open), open);
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
