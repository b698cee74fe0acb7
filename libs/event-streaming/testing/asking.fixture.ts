import type { Subscription } from '#libs/webhooks';
import {
  type AttemptOutcome,
  DEFAULT_ENDPOINT_LIMITS,
  type EndpointLimiter,
  EndpointLimiters,
  type EndpointLimits,
  type KeptIn,
} from '#libs/webhook-delivery/core';
import { DELIVERED, failed, FakeClock, subscriptionOf } from '#libs/webhook-delivery/testing';

const OUTCOMES = { delivered: DELIVERED, failed: failed(500) };

/** Asks for attempts, and tells which were let through and when. */
export class Asking {
  readonly clock = new FakeClock();
  readonly limiters: EndpointLimiters;
  readonly stop = new AbortController();
  readonly let: { readonly name: string; readonly at: number }[] = [];
  readonly refused: string[] = [];
  readonly postponed: { readonly name: string; readonly ms: number }[] = [];
  readonly #start = this.clock.now();
  /** Under way, by feed. */
  readonly #passed = new Map<string, EndpointLimiter[]>();

  constructor(limits: Partial<EndpointLimits> = {}) {
    this.limiters = new EndpointLimiters(this.clock, { ...DEFAULT_ENDPOINT_LIMITS, ...limits });
  }

  get names(): string[] {
    return this.let.map(({ name }) => name);
  }

  get times(): number[] {
    return this.let.map(({ at }) => at);
  }

  ask(
    name: string,
    {
      feed = 'feed',
      rate = null,
      stop = this.stop.signal,
      keptIn = 'memory',
      to = {},
    }: {
      feed?: string;
      rate?: number | null;
      stop?: AbortSignal;
      keptIn?: KeptIn;
      to?: Partial<Subscription>;
    } = {},
  ): void {
    const subscription = subscriptionOf({ subscriptionId: feed, rateLimit: rate, ...to });
    const acquired = this.limiters.acquire({ feedId: feed, subscription }, stop, keptIn);
    void Promise.resolve(acquired).then((limiter) => {
      if (!limiter) return this.refused.push(name);
      if ('postponedMs' in limiter) return this.postponed.push({ name, ms: limiter.postponedMs });
      this.#passed.set(feed, [...(this.#passed.get(feed) ?? []), limiter]);
      return this.let.push({ name, at: this.clock.now() - this.#start });
    });
  }

  /** The attempt ends that has been under way for longest. */
  leave(feed: string, ended: AttemptOutcome | AttemptOutcome['outcome'] | undefined): void {
    const [limiter, ...others] = this.#passed.get(feed) ?? [];
    this.#passed.set(feed, others);
    this.limiters.release(limiter!, typeof ended === 'string' ? OUTCOMES[ended] : ended);
  }

  /** Attempts that fail, one after the other, each as soon as it may. */
  async fail(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      const feed = { feedId: 'feed', subscription: subscriptionOf() };
      const limiter = await this.limiters.acquire(feed, this.stop.signal, 'memory');
      this.limiters.release(limiter as EndpointLimiter, OUTCOMES.failed);
    }
  }
}
