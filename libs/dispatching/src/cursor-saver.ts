import type { CursorState } from './cursor.js';
import type { DispatchObserver } from './observer.js';
import type { CursorClaim, CursorStore, Timers } from './ports.js';
import { StopSignal } from './stop-signal.js';
import type { SubscriptionFeed } from './subscription-feed.js';

export interface SaverPorts {
  readonly cursors: CursorStore;
  readonly timers: Timers;
  readonly observer: DispatchObserver;
}

/** Saves the cursors of a partition's feeds, many in one write, a few times a second. */
export class CursorSaver {
  readonly #stop = new StopSignal();
  /** One save after the other, so that an older state never overwrites a newer one. */
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly claim: CursorClaim,
    private readonly feeds: () => Iterable<SubscriptionFeed>,
    private readonly ports: SaverPorts,
    private readonly intervalMs: number,
  ) {}

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.stop();
  }

  /** @param now a later time than now makes every change due */
  save(feeds: Iterable<SubscriptionFeed>, now = this.ports.timers.now()): Promise<void> {
    this.#last = this.#last.then(() => this.#save(feeds, now));
    return this.#last;
  }

  async #run(): Promise<void> {
    while (!this.#stop.stopped) {
      await this.ports.timers.sleep(this.intervalMs, this.#stop);
      if (!this.#stop.stopped) await this.save(this.feeds());
    }
  }

  async #save(feeds: Iterable<SubscriptionFeed>, now: number): Promise<void> {
    const due = new Map<string, { feed: SubscriptionFeed; state: CursorState }>();
    for (const feed of feeds) {
      const state = feed.unsaved(now);
      if (state) due.set(feed.subscription.subscriptionId, { feed, state });
    }
    if (due.size === 0) return;
    try {
      const states = new Map([...due].map(([id, { state }]) => [id, state]));
      const lost = new Set(await this.ports.cursors.save(this.claim, states));
      for (const [id, { feed }] of due) {
        if (lost.has(id)) feed.lost();
        else feed.saved(this.ports.timers.now());
      }
    } catch (error) {
      this.ports.observer.failed('save', this.claim, error as Error);
    }
  }
}
