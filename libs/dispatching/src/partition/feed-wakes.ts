import type { FeedIndex } from '../feeds/feed-index.js';
import type { FeedRun } from '../feeds/feed-run.js';
import type { PartitionClaim } from '../ports.js';
import type { StopSignal } from '../timing/stop-signal.js';
import { throughOutages } from '../timing/through-outages.js';
import type { DispatchPorts } from './dispatch-limits.js';
import type { RunMaker } from './run-maker.js';

export interface WakesListener {
  woken(run: FeedRun): void;
  /** It has changed since it was looked for, or since its cursor was saved. */
  changed(feedId: string): void;
}

/** Feeds at rest that something is owed to: their cursors are being read. */
export class FeedWakes {
  /** From where on something is owed to each. */
  readonly #waking = new Map<string, number>();
  #all: Promise<void> | undefined;

  constructor(
    private readonly partition: {
      readonly claim: PartitionClaim;
      readonly index: FeedIndex;
      readonly stop: StopSignal;
      background(work: () => unknown): void;
    },
    private readonly maker: Pick<RunMaker, 'woken'>,
    private readonly ports: DispatchPorts,
    private readonly listener: WakesListener,
  ) {}

  /** The lowest offset from where on it has to be looked for one of them; infinite without any. */
  get since(): number {
    let since = Infinity;
    for (const each of this.#waking.values()) since = Math.min(since, each);
    return since;
  }

  has(feedId: string): boolean {
    return this.#waking.has(feedId);
  }

  sinceOf(feedId: string): number | undefined {
    return this.#waking.get(feedId);
  }

  wake(feedId: string, since: number): void {
    this.#waking.set(feedId, since);
    this.#begin();
  }

  /** It is not to be woken any more. */
  delete(feedId: string): void {
    this.#waking.delete(feedId);
  }

  /** Resolves when those that are being woken are awake. */
  async all(): Promise<void> {
    await this.#all;
  }

  #begin(): void {
    if (this.#all) return;
    const all = this.#wakeAll().finally(() => {
      this.#all = undefined;
      // One may have come when the last had been looked for already.
      if (this.#waking.size > 0 && !this.partition.stop.stopped) this.#begin();
    });
    this.#all = all;
    this.partition.background(() => all);
  }

  async #wakeAll(): Promise<void> {
    const { claim, index, stop } = this.partition;
    while (this.#waking.size > 0 && !stop.stopped) {
      // Those that come together are asked for together.
      await Promise.resolve();
      const ids = [...this.#waking.keys()];
      const feeds = ids.flatMap((id) => index.get(id) ?? []);
      const runs = await throughOutages(
        () => this.maker.woken(feeds, (id) => this.#waking.get(id) ?? 0),
        (error) => this.ports.observer.failed('wake', claim, error),
        this.ports,
        stop,
      );
      if (!runs || stop.stopped) return;
      for (const id of ids) this.#woken(id, runs.get(id));
    }
  }

  #woken(id: string, run: FeedRun | undefined): void {
    // It has ended meanwhile, or has changed and is adopted for that.
    if (!this.#waking.has(id)) return;
    if (run?.indexed !== this.partition.index.get(id)) return this.listener.changed(id);
    this.#waking.delete(id);
    if (run) this.listener.woken(run);
  }
}
