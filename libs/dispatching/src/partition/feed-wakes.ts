import type { FeedIndex, IndexedFeed } from '../feeds/feed-index.js';
import type { FeedRun } from '../feeds/feed-run.js';
import type { PartitionClaim } from '../ports.js';
import type { StopSignal } from '../timing/stop-signal.js';
import { throughOutages } from '../timing/through-outages.js';
import type { DispatchPorts } from './dispatch-limits.js';
import type { RunMaker } from './run-maker.js';

/** A feed of which it is being found out where it stands. */
export interface Sought {
  /** From where on it has to be looked what is owed to it, should it be at rest. */
  readonly since: number;
  /** What it was served as before it changed, if it has. */
  readonly before: IndexedFeed | undefined;
}

const NOWHERE: Sought = { since: 0, before: undefined };

export interface WakesListener {
  woken(run: FeedRun): void;
  /** It is otherwise now than when it was looked for. */
  changed(feedId: string): void;
}

/** Feeds at rest that something is owed to: their cursors are being read. */
export class FeedWakes {
  readonly #waking = new Map<string, Sought>();
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
    for (const sought of this.#waking.values()) since = Math.min(since, sought.since);
    return since;
  }

  has(feedId: string): boolean {
    return this.#waking.has(feedId);
  }

  get(feedId: string): Sought | undefined {
    return this.#waking.get(feedId);
  }

  wake(feedId: string, sought: Sought): void {
    this.#waking.set(feedId, sought);
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
        () => this.maker.woken(feeds, (id) => this.#waking.get(id) ?? NOWHERE),
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
