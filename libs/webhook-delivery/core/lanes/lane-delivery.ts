import type { SizedEvent, RetryPorts } from '#libs/kernel';
import type { DispatchObserver } from '../observer.js';
import type { AttemptOutcome, AttemptRequest, FailedAttempt, Feed, WebhookClient } from '../ports.js';
import type { EndpointLimiters, EndpointLimiter, KeptIn } from './endpoint-limiter.js';
import { retryDelayMs } from './retry-plan.js';

/** One event owed to a feed. */
export interface OwedDelivery {
  readonly event: SizedEvent;
  readonly previousEventId: string | null;
}

export interface DeliveryPorts extends RetryPorts {
  readonly client: WebhookClient;
  readonly limiters: EndpointLimiters;
  readonly observer: DispatchObserver;
}

/** A failed delivery whose retry does not follow at once. */
export interface Failed {
  readonly attempts: number;
  /** `null` when there is no further attempt. */
  readonly retryInMs: number | null;
  /** `null` when no attempt was made because the endpoint asked for a pause. */
  readonly lastError: string | null;
}

export type Delivered = 'delivered' | 'stopped' | Failed;

/** Makes the attempts of one feed. */
export class LaneDelivery {
  readonly #abort = new AbortController();

  /** @param patienceMs retries due within this time are waited for in memory */
  constructor(
    private readonly feed: Feed,
    private readonly ports: DeliveryPorts,
    private readonly patienceMs: number,
    private readonly stop: AbortSignal,
  ) {}

  /** @param attempts made so far */
  async deliver(
    owed: readonly [OwedDelivery, ...OwedDelivery[]],
    keptIn: KeptIn,
    attempts = 0,
  ): Promise<Delivered> {
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

  async #attempt(
    owed: readonly [OwedDelivery, ...OwedDelivery[]],
    attempt: number,
    limiter: EndpointLimiter,
  ) {
    const { feed, ports, stop } = this;
    const { subscription, replayId, feedId } = feed;
    const startedAt = ports.clock.now();
    const events = eventsOf(owed);
    const { previousEventId } = owed[0];
    const request: AttemptRequest = { subscription, replayId, events, previousEventId, attempt };
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

function eventsOf([first, ...others]: readonly [OwedDelivery, ...OwedDelivery[]]): AttemptRequest['events'] {
  return others.length === 0 ? [first.event] : [first.event, ...others.map(({ event }) => event)];
}

function becoming({ outcome }: AttemptOutcome, wasCut: boolean, retryInMs: number | null) {
  if (outcome === 'delivered') return 'delivered' as const;
  if (wasCut) return 'cut-short' as const;
  return retryInMs === null ? ('dead-letter' as const) : ('retried' as const);
}

const describe = ({ reason, status }: FailedAttempt): string =>
  status === undefined ? reason : `${reason} ${status}`;
