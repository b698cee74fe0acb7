import { Logger } from '@nestjs/common';
import { type Feed, StopSignal, type Timers } from '#libs/dispatching';

/** Where feeds are read from: subscriptions, or replays. */
export interface FeedSource {
  /** The feeds that are to be served, by id, with the revision of each. */
  activeRevisions(): Promise<ReadonlyMap<string, number>>;
  findActive(feedIds: readonly string[]): Promise<readonly Feed[]>;
}

/** Once something is known to come, it is looked for again and again for a while: the read model has it soon. */
const HURRIED_LOOKS = 8;
const HURRIED_PAUSE_MS = 30;
/** And no more than that of the time. */
const HURRIED_SHARE = 0.2;
/** The longest pause while the database does not answer. */
const MAX_PAUSE_MS = 5_000;

/**
 * Looks again and again which feeds there are. It compares all of them each time: a change cannot be missed, whatever
 * commits in which order.
 */
export class FeedPoll {
  readonly #logger = new Logger(FeedPoll.name);
  readonly #stop = new StopSignal();
  #known = new Map<string, Feed>();
  #pausing = new StopSignal();
  /** Looks that are to follow soon. */
  #hurried = 0;
  #failures = 0;
  #fault: string | undefined = 'the subscriptions have not been read yet';

  constructor(
    private readonly sources: readonly FeedSource[],
    private readonly tell: (feeds: readonly Feed[]) => void,
    private readonly timers: Timers,
    private readonly intervalMs: number,
  ) {}

  /** Why changes are not noticed, if so: for readiness. */
  get fault(): string | undefined {
    return this.#fault;
  }

  start(): void {
    void this.#run();
  }

  stop(): void {
    this.#stop.stop();
    this.#pausing.stop();
  }

  /** A change is on its way: to wait for the next look would be long. */
  expect(): void {
    if (this.#hurried === 0) this.#pausing.stop();
    this.#hurried = HURRIED_LOOKS;
  }

  async #run(): Promise<void> {
    while (!this.#stop.stopped) {
      const began = this.timers.now();
      try {
        await this.#look();
        this.#succeeded();
      } catch (error) {
        this.#failed(error as Error);
      }
      if (this.#stop.stopped) return;
      this.#pausing = new StopSignal();
      await this.timers.sleep(this.#pauseMs(this.timers.now() - began), this.#pausing);
    }
  }

  #pauseMs(tookMs: number): number {
    const usual = Math.min(this.intervalMs * 2 ** this.#failures, Math.max(MAX_PAUSE_MS, this.intervalMs));
    if (this.#hurried === 0) return usual;
    this.#hurried--;
    return Math.min(usual, Math.max(HURRIED_PAUSE_MS, tookMs / HURRIED_SHARE));
  }

  async #look(): Promise<void> {
    const found = await Promise.all(this.sources.map((source) => this.#feedsOf(source)));
    this.#known = new Map(found.flat().map((feed) => [feed.feedId, feed]));
    // Told each time, also without a change: dispatchers mend by it what has failed since.
    if (!this.#stop.stopped) this.tell([...this.#known.values()]);
  }

  async #feedsOf(source: FeedSource): Promise<Feed[]> {
    const revisions = await source.activeRevisions();
    const feeds: Feed[] = [];
    const changed: string[] = [];
    for (const [id, revision] of revisions) {
      const known = this.#known.get(id);
      if (known?.revision === revision) feeds.push(known);
      else changed.push(id);
    }
    return changed.length === 0 ? feeds : [...feeds, ...(await source.findActive(changed))];
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#logger.log('subscriptions can be read again');
    this.#failures = 0;
    this.#fault = undefined;
  }

  #failed(error: Error): void {
    this.#fault = error.message;
    if (this.#failures++ === 0) this.#logger.warn(`subscriptions cannot be read: ${error.message}`);
  }
}
