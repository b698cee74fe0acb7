import type { TokenBucket } from 'limiter';
import { fullBucket } from './full-bucket.js';
import { TENANT_LIMITS } from './tenant-limits.js';

/** One token, but for what rounding takes from it. */
const ONE = 1 - 1e-6;
/**
 * How far other processes may put a budget into debt: ten seconds' worth and a largest batch. A wrong message must not lock a
 * tenant out.
 */
const MOST_SECONDS_ELSEWHERE = 10;
const LARGEST_BATCH = TENANT_LIMITS.batchSize.most;

/**
 * What a tenant may use of something: a token bucket of one second's worth, which may go into debt. What is larger than the
 * bucket is taken whole once there is a token, and paid back before anything more is taken, so the rate holds over time.
 */
export class TokenBudget {
  readonly #bucket: TokenBucket;

  constructor(private perSecond: number) {
    this.#bucket = fullBucket(perSecond, perSecond);
  }

  /** Whole tokens; none while it is in debt. */
  get available(): number {
    this.#bucket.drip();
    return Math.max(0, Math.floor(this.#bucket.content + 1 - ONE));
  }

  get isEmpty(): boolean {
    this.#bucket.drip();
    return this.#bucket.content < ONE;
  }

  /** Takes all of it or, without a token, nothing. */
  take(count: number): boolean {
    if (this.isEmpty) return false;
    this.#bucket.content -= count;
    return true;
  }

  /** Takes what has been used already, if need be as a debt. */
  charge(count: number): void {
    this.#bucket.drip();
    this.#bucket.content -= count;
  }

  /** Takes what was used in another process. */
  chargeElsewhere(count: number): void {
    this.#bucket.drip();
    const floor = -(this.perSecond * MOST_SECONDS_ELSEWHERE + LARGEST_BATCH);
    const { content } = this.#bucket;
    this.#bucket.content = Math.max(Math.min(content, floor), content - count);
  }

  /** Milliseconds until there is a token. */
  get waitMs(): number {
    return this.#bucket.getWaitTime(1);
  }

  /** Changes the rate. Debts stay. @param share the part of it that this process may use */
  setRate(perSecond: number, share = 1): void {
    this.#bucket.drip();
    // A smaller bucket would never have a token.
    this.#bucket.bucketSize = Math.max(1, perSecond * share);
    this.#bucket.tokensPerInterval = perSecond * share;
    this.#bucket.content = Math.min(this.#bucket.content, this.#bucket.bucketSize);
    this.perSecond = perSecond;
  }
}
