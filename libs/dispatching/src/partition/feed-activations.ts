import type { FeedIndex } from '../feeds/feed-index.js';
import type { ActiveFeed } from '../feeds/active-feed.js';
import type { PartitionClaim } from '../ports.js';
import type { StopSignal } from '../timing/stop-signal.js';
import { retryUntilStopped } from '../timing/retry-until-stopped.js';
import type { DispatchPorts } from './dispatch-limits.js';
import type { ActiveFeedFactory } from './active-feed-factory.js';

export interface ActivationListener {
  activated(active: ActiveFeed): void;
  /** It has changed since it was looked for, or since its cursor was saved. */
  changed(feedId: string): void;
}

/** Feeds at rest that something is owed to: their cursors are being read. */
export class FeedActivations {
  /** From where on something is owed to each. */
  readonly #activating = new Map<string, number>();
  #all: Promise<void> | undefined;

  constructor(
    private readonly partition: {
      readonly claim: PartitionClaim;
      readonly index: FeedIndex;
      readonly stop: StopSignal;
      background(work: () => unknown): void;
    },
    private readonly factory: Pick<ActiveFeedFactory, 'activated'>,
    private readonly ports: DispatchPorts,
    private readonly listener: ActivationListener,
  ) {}

  /** The lowest offset from where on it has to be looked for one of them; infinite without any. */
  get since(): number {
    let since = Infinity;
    for (const each of this.#activating.values()) since = Math.min(since, each);
    return since;
  }

  has(feedId: string): boolean {
    return this.#activating.has(feedId);
  }

  sinceOf(feedId: string): number | undefined {
    return this.#activating.get(feedId);
  }

  activate(feedId: string, since: number): void {
    this.#activating.set(feedId, since);
    this.#begin();
  }

  /** It is not to be woken any more. */
  delete(feedId: string): void {
    this.#activating.delete(feedId);
  }

  /** Resolves when those that are being woken are awake. */
  async all(): Promise<void> {
    await this.#all;
  }

  #begin(): void {
    if (this.#all) return;
    const all = this.#activateAll().finally(() => {
      this.#all = undefined;
      // One may have come when the last had been looked for already.
      if (this.#activating.size > 0 && !this.partition.stop.stopped) this.#begin();
    });
    this.#all = all;
    this.partition.background(() => all);
  }

  async #activateAll(): Promise<void> {
    const { claim, index, stop } = this.partition;
    while (this.#activating.size > 0 && !stop.stopped) {
      // Those that come together are asked for together.
      await Promise.resolve();
      const ids = [...this.#activating.keys()];
      const feeds = ids.flatMap((id) => index.get(id) ?? []);
      const activated = await retryUntilStopped(
        () => this.factory.activated(feeds, (id) => this.#activating.get(id) ?? 0),
        (error) => this.ports.observer.failed('activate', claim, error),
        this.ports,
        stop,
      );
      if (!activated || stop.stopped) return;
      for (const id of ids) this.#activated(id, activated.get(id));
    }
  }

  #activated(id: string, active: ActiveFeed | undefined): void {
    // It has ended meanwhile, or has changed and is adopted for that.
    if (!this.#activating.has(id)) return;
    if (active?.indexed !== this.partition.index.get(id)) return this.listener.changed(id);
    this.#activating.delete(id);
    if (active) this.listener.activated(active);
  }
}
