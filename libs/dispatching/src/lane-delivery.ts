import type { RecordedEvent } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';
import type { AttemptSlots } from './attempt-slots.js';
import type { Lane } from './lanes.js';
import type { DispatchObserver } from './observer.js';
import type {
  AttemptOutcome,
  CursorClaim,
  FailedAttempt,
  ParkedDeliveries,
  ParkedDelivery,
  WebhookClient,
} from './ports.js';
import { retryDelayMs } from './retry-plan.js';
import type { StopSignal } from './stop-signal.js';
import { type OutagePorts, throughOutages } from './through-outages.js';

/** One event owed to the subscription. */
export interface OwedDelivery {
  readonly event: RecordedEvent;
  readonly previousEventId: string | null;
}

export interface DeliveryPorts extends OutagePorts {
  readonly client: WebhookClient;
  readonly parked: ParkedDeliveries;
  readonly slots: AttemptSlots;
  readonly observer: DispatchObserver;
}

/** What the feed wants to hear of. */
export interface DeliveryProgress {
  finished(offset: number): void;
  /** From this offset on the lane is held back. */
  laneParked(lane: string, offset: number): void;
  /** Another dispatcher has the subscription's cursor. */
  lost(): void;
}

/**
 * Serves the lanes of one subscription: tries, waits and tries again inside the lane, and parks the lane when the
 * attempts run out.
 *
 * ```
 *  attempt ──2xx──► finished
 *   ▲   │ else, attempts left: wait
 *   └───┤
 *       └ no attempts left: park this one and all behind it ──► finished, each as a row
 * ```
 */
export class LaneDelivery {
  readonly #inFlight = new Set<AbortController>();

  constructor(
    private readonly subscription: Subscription,
    private readonly claim: CursorClaim,
    private readonly ports: DeliveryPorts,
    private readonly progress: DeliveryProgress,
    private readonly stop: StopSignal,
  ) {}

  /** See {@link ServeLane}. */
  readonly serve = async (lane: Lane<OwedDelivery>): Promise<number> => {
    const [owed] = lane.queue;
    if (!owed) return 0;
    if (lane.parked) return this.#park(lane, 0, null);
    const failure = await this.#deliver(owed);
    if (failure === 'stopped') return 0;
    if (failure === 'delivered') {
      this.progress.finished(owed.event.position.offset);
      return 1;
    }
    return this.#park(lane, this.subscription.retry.maxAttempts, describe(failure));
  };

  /** Ends the attempts in flight: they count as not made. */
  abort(): void {
    for (const controller of this.#inFlight) controller.abort();
  }

  async #deliver(owed: OwedDelivery): Promise<'delivered' | 'stopped' | FailedAttempt> {
    const { subscription, ports, stop } = this;
    for (let attempt = 1; ; attempt++) {
      if (!(await ports.slots.take(subscription.subscriptionId, stop))) return 'stopped';
      const startedAt = ports.timers.now();
      const outcome = await this.#attempt(owed, attempt).finally(() =>
        ports.slots.free(subscription.subscriptionId),
      );
      const retryInMs = this.#retryInMs(outcome, attempt);
      const durationMs = ports.timers.now() - startedAt;
      ports.observer.attempted({ subscription, ...owed, attempt, outcome, durationMs, retryInMs });
      if (outcome.outcome === 'delivered') return 'delivered';
      // An attempt that the stop has cut short says nothing about the endpoint.
      if (stop.stopped) return 'stopped';
      if (retryInMs === null) return outcome;
      await ports.timers.sleep(retryInMs, stop);
    }
  }

  async #attempt(owed: OwedDelivery, attempt: number): Promise<AttemptOutcome> {
    const controller = new AbortController();
    this.#inFlight.add(controller);
    try {
      const { subscription } = this;
      return await this.ports.client.attempt({ subscription, ...owed, attempt }, controller.signal);
    } finally {
      this.#inFlight.delete(controller);
    }
  }

  #retryInMs(outcome: AttemptOutcome, attempt: number): number | null {
    const { retry } = this.subscription;
    if (outcome.outcome === 'delivered' || attempt >= retry.maxAttempts) return null;
    return retryDelayMs(retry, attempt, this.ports.random, outcome.retryAfterMs);
  }

  async #park(lane: Lane<OwedDelivery>, attempts: number, lastError: string | null): Promise<number> {
    const { claim, ports, stop } = this;
    const { subscriptionId } = this.subscription;
    const deliveries = lane.queue.map(({ event }, index) =>
      toParked(lane.id, event, index === 0, attempts, lastError),
    );
    const written = await throughOutages(
      () => ports.parked.park(claim, subscriptionId, deliveries),
      (error) => ports.observer.failed('park', claim, error),
      ports,
      stop,
    );
    if (written === false) this.progress.lost();
    if (!written) return 0;
    lane.parked = true;
    ports.observer.parked(subscriptionId, deliveries);
    for (const [index, { position }] of deliveries.entries()) {
      if (index === 0) this.progress.laneParked(lane.id, position.offset);
      this.progress.finished(position.offset);
    }
    return deliveries.length;
  }
}

const toParked = (
  lane: string,
  { metadata, type, position }: RecordedEvent,
  isFirst: boolean,
  attempts: number,
  lastError: string | null,
): ParkedDelivery => ({
  lane,
  position,
  eventId: metadata.eventId,
  eventType: type,
  attempts: isFirst ? attempts : 0,
  lastError: isFirst ? lastError : null,
});

const describe = ({ reason, status }: FailedAttempt): string =>
  status === undefined ? reason : `${reason} ${status}`;
