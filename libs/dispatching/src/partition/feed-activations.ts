import type { FeedIndex } from '../feeds/feed-index.js';
import type { ActiveFeed } from '../feeds/active-feed.js';
import type { PartitionClaim } from '../ports.js';
import { retryUntilStopped } from '../timing/retry-until-stopped.js';
import type { DispatchPorts } from './dispatch-limits.js';
import type { ActiveFeedFactory } from './active-feed-factory.js';

export interface ActivationListener {
  activated(active: ActiveFeed): void;
  /** The feed changed during the lookup, or since its cursor was saved. */
  changed(feedId: string): void;
}

/** Idle feeds that are owed an event, while their cursors are being loaded. */
export class FeedActivations {
  /** The offset from which something is owed, by feed. */
  readonly #activating = new Map<string, number>();
  #all: Promise<void> | undefined;

  constructor(
    private readonly partition: {
      readonly claim: PartitionClaim;
      readonly index: FeedIndex;
      readonly stop: AbortSignal;
      background(work: () => unknown): void;
    },
    private readonly factory: Pick<ActiveFeedFactory, 'activated'>,
    private readonly ports: DispatchPorts,
    private readonly listener: ActivationListener,
  ) {}

  /** The lowest offset from which one of them is owed something; infinite without any. */
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

  delete(feedId: string): void {
    this.#activating.delete(feedId);
  }

  /** Resolves when the present activations are done. */
  async all(): Promise<void> {
    await this.#all;
  }

  #begin(): void {
    if (this.#all) return;
    const all = this.#activateAll().finally(() => {
      this.#all = undefined;
      // A feed may have been added after the last lookup.
      if (this.#activating.size > 0 && !this.partition.stop.aborted) this.#begin();
    });
    this.#all = all;
    this.partition.background(() => all);
  }

  async #activateAll(): Promise<void> {
    const { claim, index, stop } = this.partition;
    while (this.#activating.size > 0 && !stop.aborted) {
      // Feeds that arrive together share one query.
      await Promise.resolve();
      const ids = [...this.#activating.keys()];
      const feeds = ids.flatMap((id) => index.get(id) ?? []);
      const activated = await retryUntilStopped(
        () => this.factory.activated(feeds, (id) => this.#activating.get(id) ?? 0),
        (error) => this.ports.observer.failed('activate', claim, error),
        this.ports,
        stop,
      );
      if (!activated || stop.aborted) return;
      for (const id of ids) this.#activated(id, activated.get(id));
    }
  }

  #activated(id: string, active: ActiveFeed | undefined): void {
    // It has ended meanwhile, or has changed and is being loaded.
    if (!this.#activating.has(id)) return;
    if (active?.indexed !== this.partition.index.get(id)) return this.listener.changed(id);
    this.#activating.delete(id);
    if (active) this.listener.activated(active);
  }
}
