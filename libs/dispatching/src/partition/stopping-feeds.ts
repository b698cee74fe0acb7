import type { ActiveFeed } from '../feeds/active-feed.js';
import type { Timers } from '../ports.js';
import { withTimeout } from '../timing/with-timeout.js';
import type { StopSignal } from '../timing/stop-signal.js';

export interface StoppingLimits {
  /** Time for attempts in flight to end, and for the last save. */
  readonly stopGraceMs: number;
  readonly saveIntervalMs: number;
}

/** Runs that end: their attempts in flight get some time, and what they have done is saved. */
export class StoppingFeeds {
  /** Those that have not saved their last yet. */
  readonly #leaving = new Set<ActiveFeed>();
  /** And when they have, by feed. */
  readonly #ends = new Map<string, Promise<void>>();

  constructor(
    private readonly partition: {
      readonly stop: StopSignal;
      /** `false` when it could not. */
      save(): Promise<boolean>;
      background(work: () => unknown): void;
    },
    private readonly timers: Timers,
    private readonly limits: StoppingLimits,
  ) {}

  get unsaved(): Iterable<ActiveFeed> {
    return this.#leaving;
  }

  has(feedId: string): boolean {
    return this.#ends.has(feedId);
  }

  /** Resolves when the last run of each has saved its last, or has failed at it, of which the partition has been told. */
  async ended(feedIds: Iterable<string> = this.#ends.keys()): Promise<void> {
    await Promise.allSettled([...feedIds].flatMap((id) => this.#ends.get(id) ?? []));
  }

  /** @param rest how far all have come who are live */
  stop(active: ActiveFeed, scannedOffset: number): void {
    const id = active.feedId;
    // From now on it is offered nothing any more.
    active.leave(scannedOffset);
    this.#leaving.add(active);
    const ended = this.#end(active).finally(() => {
      // If it could not be saved before the end, it must be with whatever is saved after that.
      if (!this.partition.stop.stopped) this.#leaving.delete(active);
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
      await withTimeout(stopGraceMs, saving, this.timers);
      // A database that does not answer must not hold up the stop: what is not saved is repeated.
      if (isSaved || this.partition.stop.stopped) return;
      await this.timers.sleep(saveIntervalMs, this.partition.stop);
    }
  }
}
