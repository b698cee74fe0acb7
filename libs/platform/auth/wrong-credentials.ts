import { Injectable } from '@nestjs/common';
import type { TokenBucket } from 'limiter';
import { LRUCache } from 'lru-cache';
import { systemClock, TenantShares } from '#libs/kernel';
import { ProblemException } from '../http/problem.js';
import { fullBucket } from '../limits/full-bucket.js';

/** Wrong credentials of one address that are answered at once: a client with an old key does no harm. */
const AT_ONCE = 60;
const MORE_PER_SECOND = 1;
const DELAY_MS = 1_000;
/** Refusals that wait, each with a connection of those that callers without a known key share. */
const MAX_DELAYED = 200;
const MAX_DELAYED_OF_ADDRESS = 5;
/** Addresses that are remembered, some hundred bytes each. One that is forgotten begins anew. */
const MAX_ADDRESSES = 20_000;

/**
 * Slows down addresses that send many wrong credentials: their refusals wait, and those for which there is no room to wait
 * say so at once. Callers with a valid credential never come here.
 */
@Injectable()
export class WrongCredentials {
  readonly #buckets = new LRUCache<string, TokenBucket>({ max: MAX_ADDRESSES });
  readonly #delayed = new TenantShares(MAX_DELAYED, () => MAX_DELAYED_OF_ADDRESS);

  /** Addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Counts a wrong credential, and waits until it may be refused.
   * @throws ProblemException if too many are waiting
   */
  async slowDown(address: string, signal?: AbortSignal): Promise<void> {
    if (this.#bucketOf(address).tryRemoveTokens(1)) return;
    if (!this.#delayed.hasRoom(address)) throw this.#tooMany(address);
    this.#delayed.take(address, 1);
    await systemClock.sleep(DELAY_MS, signal);
    this.#delayed.give(address, 1);
  }

  #bucketOf(address: string): TokenBucket {
    const known = this.#buckets.get(address);
    if (known) return known;
    const made = fullBucket(AT_ONCE, MORE_PER_SECOND);
    this.#buckets.set(address, made);
    return made;
  }

  #tooMany(address: string): ProblemException {
    const seconds = Math.ceil(this.#bucketOf(address).getWaitTime(1) / 1_000);
    return new ProblemException('rate-limited', 'Your address has sent too many wrong credentials.', {
      retryAfterSeconds: Math.max(1, seconds),
    });
  }
}
