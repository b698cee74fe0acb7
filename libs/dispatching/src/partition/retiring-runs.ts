import type { FeedRun } from '../feeds/feed-run.js';
import type { Timers } from '../ports.js';
import { waitAtMost } from '../timing/bounded-wait.js';
import type { StopSignal } from '../timing/stop-signal.js';

export interface RetiringLimits {
  /** Time for attempts in flight to end, and for the last save. */
  readonly stopGraceMs: number;
  readonly saveIntervalMs: number;
}

/** Runs that end: their attempts in flight get some time, and what they have done is saved. */
export class RetiringRuns {
  /** Those that have not saved their last yet. */
  readonly #leaving = new Set<FeedRun>();
  /** And when they have, by feed. */
  readonly #ends = new Map<string, Promise<void>>();

  /** @param save saves the partition. `false` when it could not */
  constructor(
    private readonly save: () => Promise<boolean>,
    private readonly stop: StopSignal,
    private readonly timers: Timers,
    private readonly limits: RetiringLimits,
  ) {}

  get unsaved(): Iterable<FeedRun> {
    return this.#leaving;
  }

  has(feedId: string): boolean {
    return this.#ends.has(feedId);
  }

  /** Resolves when the last run of each has saved its last. */
  async ended(feedIds: Iterable<string> = this.#ends.keys()): Promise<void> {
    await Promise.all([...feedIds].flatMap((id) => this.#ends.get(id) ?? []));
  }

  /** @param rest how far all have come who are live */
  retire(run: FeedRun, rest: number): void {
    const id = run.feedId;
    // From now on it is offered nothing any more.
    run.leave(rest);
    this.#leaving.add(run);
    const ended = this.#end(run).finally(() => {
      // If it could not be saved before the end, it must be with whatever is saved after that.
      if (!this.stop.stopped) this.#leaving.delete(run);
      if (this.#ends.get(id) === ended) this.#ends.delete(id);
    });
    this.#ends.set(id, ended);
  }

  async #end(run: FeedRun): Promise<void> {
    const { stopGraceMs, saveIntervalMs } = this.limits;
    await run.stop(stopGraceMs);
    for (;;) {
      let isSaved = false;
      const saving = this.save().then((saved) => {
        isSaved = saved;
      });
      await waitAtMost(stopGraceMs, saving, this.timers);
      // A database that does not answer must not hold up the stop: what is not saved is repeated.
      if (isSaved || this.stop.stopped) return;
      await this.timers.sleep(saveIntervalMs, this.stop);
    }
  }
}
