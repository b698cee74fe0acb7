import {
  asError,
  formatPosition,
  inBackground,
  retryUntilStopped,
  type SizedEvent,
  TenantShares,
} from '#libs/kernel';
import type { ActiveFeed } from '../feeds/active-feed.js';
import type { ParkedPage, ParkedReader } from '../lanes/feed-lanes.js';
import type { OwedDelivery } from '../lanes/lanes.js';
import type { BlockedLane, ParkedDelivery, PartitionClaim } from '../ports.js';
import type { DispatchLimits, DispatchPorts } from '../dispatch-limits.js';
import type { FeedRegistry } from './feed-registry.js';

/** Works off the blocked lanes of a partition when they are due. */
export class BlockedLaneWorker {
  readonly #serving = new Map<string, number>();
  readonly #shares: TenantShares;
  readonly #lanes = new Set<string>();
  /** Feeds that could not be served lately and are left out of queries, because their lanes may hide others. */
  readonly #passedBy = new Set<string>();
  #isLooking = false;

  constructor(
    private readonly claim: PartitionClaim,
    private readonly registry: FeedRegistry,
    private readonly saver: { save(): Promise<boolean> },
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
    private readonly stop: AbortSignal,
  ) {
    this.#shares = new TenantShares(limits.atOnce);
  }

  /** Queries for due lanes, unless a query is still under way, and begins to work them off. */
  async look(): Promise<void> {
    if (this.#isLooking || this.stop.aborted) return;
    this.#isLooking = true;
    await this.#look().catch((error: unknown) => {
      this.ports.observer.failed('lanes', this.claim, asError(error));
    });
    this.#isLooking = false;
  }

  async #look(): Promise<void> {
    const { atOnce, atOnceOfFeed } = this.limits;
    if (this.#lanes.size >= atOnce) return;
    // For the database, lanes in work are still due.
    const perFeed = 2 * atOnceOfFeed;
    // Lanes that finish during the query may still appear in its result.
    const served = new Set(this.#lanes);
    const limit = 2 * atOnce;
    const bounds = { perFeed, limit, except: [...this.#passedBy] };
    const due = await this.ports.store.dueLanes(this.claim, this.ports.clock.now(), bounds);
    // Feeds that cannot be served must not hide others, so they are left out until a query has seen all.
    if (due.length < limit) this.#passedBy.clear();
    for (const lane of due) {
      if (this.stop.aborted || this.#lanes.size >= atOnce) return;
      const ofFeed = this.#serving.get(lane.feedId) ?? 0;
      if (served.has(keyOf(lane)) || ofFeed >= atOnceOfFeed) continue;
      // Without a permit the lane would only occupy a place.
      const isOpen = this.ports.limiters.admits(lane.feedId);
      const active = isOpen ? await this.registry.activeFeedOf(lane.feedId) : undefined;
      if (active && !active.stopped && this.#shares.hasRoom(tenantOf(active)))
        inBackground(
          () => this.#serve(active, lane),
          (error) => active.crash(error),
        );
      else if (due.length === limit) this.#passedBy.add(lane.feedId);
    }
  }

  async #serve(active: ActiveFeed, lane: BlockedLane): Promise<void> {
    const giveBack = this.#shares.acquire(tenantOf(active));
    this.#lanes.add(keyOf(lane));
    this.#serving.set(lane.feedId, (this.#serving.get(lane.feedId) ?? 0) + 1);
    try {
      await active.serveBlocked(lane, this.#readerOf(lane), () => this.#flushed());
      // Until the save, the database shows the lane as due and unchanged.
      await this.#flushed();
    } catch (thrown) {
      active.crash(asError(thrown));
    }
    const left = (this.#serving.get(lane.feedId) ?? 1) - 1;
    if (left > 0) this.#serving.set(lane.feedId, left);
    else this.#serving.delete(lane.feedId);
    this.#lanes.delete(keyOf(lane));
    giveBack();
  }

  async #flushed(): Promise<void> {
    while (!this.stop.aborted && !(await this.saver.save())) {
      await this.ports.clock.sleep(this.limits.lookEveryMs, this.stop);
    }
  }

  #readerOf({ feedId }: BlockedLane): ParkedReader {
    const { store, observer } = this.ports;
    return async (lane, limit) => {
      return retryUntilStopped(
        async () => this.#withEvents(await store.parkedDeliveries(this.claim, feedId, lane, limit)),
        (error) => observer.failed('lanes', this.claim, error),
        this.ports,
        this.stop,
      );
    };
  }

  /** Reads the events from the log; neighbours share one read. */
  async #withEvents(parked: readonly ParkedDelivery[]): Promise<ParkedPage> {
    const { topic, partition } = this.claim;
    const found = new Map<number, SizedEvent>();
    const owed: OwedDelivery[] = [];
    for (const each of parked) {
      const { offset, previousEventId } = each;
      if (!found.has(offset)) {
        const position = { topic, partition, offset };
        const { events, next, unreadable } = await this.ports.log.fetch(position);
        if (next <= offset)
          throw new Error(unreadable ?? `the log does not give ${formatPosition(position)}`);
        for (const event of events) found.set(event.position.offset, event);
      }
      const event = found.get(offset);
      if (!event) return { owed, gone: each };
      owed.push({ event, previousEventId });
    }
    return { owed, gone: undefined };
  }
}

const tenantOf = (active: ActiveFeed): string => active.indexed.feed.subscription.tenant;

const keyOf = ({ feedId, lane }: BlockedLane): string => `${feedId} ${lane}`;

/**
 * Tells partitions when to look for due lanes. One query per interval finds, for all partitions of the process, which of
 * them have blocked lanes with a retry time: most have none, and a query for each would cost more than their deliveries.
 */
export class LaneLookout {
  readonly #watched = new Map<PartitionClaim, () => void>();
  #cancel: (() => void) | undefined;
  #isAsking = false;

  constructor(
    private readonly ports: Pick<DispatchPorts, 'clock' | 'observer' | 'store'>,
    private readonly limits: Pick<DispatchLimits, 'lookEveryMs'>,
  ) {}

  /** @param look called when the partition may have due lanes; must not throw. @returns how to unsubscribe */
  watch(claim: PartitionClaim, look: () => void): () => void {
    this.#watched.set(claim, look);
    this.#cancel ??= this.ports.clock.every(this.limits.lookEveryMs, () => {
      inBackground(
        () => this.#ask(),
        () => undefined,
      );
    });
    return () => {
      this.#watched.delete(claim);
      if (this.#watched.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    const claims = [...this.#watched.keys()];
    try {
      for (const claim of await this.ports.store.withRetries(claims)) this.#watched.get(claim)?.();
    } catch (error) {
      for (const claim of claims) this.ports.observer.failed('lanes', claim, asError(error));
    } finally {
      this.#isAsking = false;
    }
  }
}
