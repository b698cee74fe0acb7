import type { Clock } from '#libs/kernel';
import type { ActiveFeed } from '../feeds/active-feed.js';
import { withTimeout } from '../timing/with-timeout.js';

export interface StoppingLimits {
  /** Time for attempts in flight to end, and again for the last save. */
  readonly stopGraceMs: number;
  readonly saveIntervalMs: number;
}

/** Feeds that are stopping: attempts in flight get time to end, and what was done is saved. */
export class StoppingFeeds {
  /** Feeds whose last save is outstanding. */
  readonly #leaving = new Set<ActiveFeed>();
  /** Resolves when a feed has stopped, by id. */
  readonly #ends = new Map<string, Promise<void>>();

  constructor(
    private readonly partition: {
      readonly stop: AbortSignal;
      /** Returns `false` when the save failed. */
      save(): Promise<boolean>;
      background(work: () => unknown): void;
    },
    private readonly clock: Clock,
    private readonly limits: StoppingLimits,
  ) {}

  get unsaved(): Iterable<ActiveFeed> {
    return this.#leaving;
  }

  has(feedId: string): boolean {
    return this.#ends.has(feedId);
  }

  /** Resolves when these feeds have stopped and their last save succeeded or was given up. */
  async ended(feedIds: Iterable<string> = this.#ends.keys()): Promise<void> {
    await Promise.allSettled([...feedIds].flatMap((id) => this.#ends.get(id) ?? []));
  }

  /** @param scannedOffset how far all live feeds have come */
  stop(active: ActiveFeed, scannedOffset: number): void {
    const id = active.feedId;
    active.leave(scannedOffset);
    this.#leaving.add(active);
    const ended = this.#end(active).finally(() => {
      // At a stop the last save may have failed, so the feed stays for any save that follows.
      if (!this.partition.stop.aborted) this.#leaving.delete(active);
      if (this.#ends.get(id) === ended) this.#ends.delete(id);
    });
    this.#ends.set(id, ended);
    this.partition.background(() => ended);
  }

  async #end(active: ActiveFeed): Promise<void> {
    const { stopGraceMs, saveIntervalMs } = this.limits;
    await active.stop(stopGraceMs);
    for (;;) {
      let isSaved = false;
      const saving = this.partition.save().then((saved) => {
        isSaved = saved;
      });
      await withTimeout(stopGraceMs, saving, this.clock);
      // A database outage must not delay a stop; unsaved deliveries are repeated.
      if (isSaved || this.partition.stop.aborted) return;
      await this.clock.sleep(saveIntervalMs, this.partition.stop);
    }
  }
}
