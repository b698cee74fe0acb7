import type { SizedEvent } from '#libs/kernel';
import type { DispatchObserver } from '../observer.js';
import type { AttemptOutcome, AttemptRequest, FailedAttempt, Feed, WebhookClient } from '../ports.js';
import type { RetryPorts } from '../timing/retry-until-stopped.js';
import type { StopSignal } from '../timing/stop-signal.js';
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

/** A delivery that has failed and is not tried again at once. */
export interface Failed {
  readonly attempts: number;
  /** `null` when there is no further attempt. */
  readonly retryInMs: number | null;
  /** `null` when no attempt was made just now, because the endpoint wants to be spared. */
  readonly lastError: string | null;
}

export type Delivered = 'delivered' | 'stopped' | Failed;

/** Makes the attempts of one feed. */
export class LaneDelivery {
  readonly #abort = new AbortController();

  /** @param patienceMs a retry that is due within this time is waited for; any later one is not kept in memory */
  constructor(
    private readonly feed: Feed,
    private readonly ports: DeliveryPorts,
    private readonly patienceMs: number,
    private readonly stop: StopSignal,
  ) {}

  /** @param attempts made before. @returns how it ended, for now */
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
      // An attempt that the stop has cut short says nothing about the endpoint.
      if (wasCut) return 'stopped';
      lastError = describe(outcome);
      if (retryInMs === null || retryInMs > this.patienceMs)
        return { attempts: attempt, retryInMs, lastError };
      await ports.timers.sleep(retryInMs, stop);
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
    const startedAt = ports.timers.now();
    const events = eventsOf(owed);
    const { previousEventId } = owed[0];
    const request: AttemptRequest = { subscription, replayId, events, previousEventId, attempt };
    let outcome: AttemptOutcome | undefined;
    let wasCut = false;
    try {
      outcome = await ports.client.attempt(request, this.#abort.signal);
      wasCut = stop.stopped && outcome.outcome === 'failed';
    } finally {
      ports.limiters.release(limiter, wasCut ? undefined : outcome);
    }
    const retryInMs = this.#retryInMs(outcome, attempt);
    const durationMs = ports.timers.now() - startedAt;
    const becomes = becoming(outcome, wasCut, retryInMs);
    // Field by field, as to spread the request takes longer than all else here.
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
