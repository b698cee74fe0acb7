import { Logger } from '@nestjs/common';
import { type RevisedSubscription, StopSignal, type Timers } from '#libs/dispatching';

/** Where subscriptions are read from. */
export interface ActiveSubscriptions {
  activeRevisions(): Promise<ReadonlyMap<string, number>>;
  findActive(subscriptionIds: readonly string[]): Promise<readonly RevisedSubscription[]>;
}

/** The longest pause while the database does not answer. */
const MAX_PAUSE_MS = 5_000;

/**
 * Looks again and again which subscriptions there are. It compares all of them each time: a change cannot be missed,
 * whatever commits in which order.
 */
export class SubscriptionPoll {
  readonly #logger = new Logger(SubscriptionPoll.name);
  readonly #stop = new StopSignal();
  #known = new Map<string, RevisedSubscription>();
  #failures = 0;
  #fault: string | undefined = 'the subscriptions have not been read yet';

  constructor(
    private readonly subscriptions: ActiveSubscriptions,
    private readonly tell: (subscriptions: readonly RevisedSubscription[]) => void,
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
  }

  async #run(): Promise<void> {
    while (!this.#stop.stopped) {
      try {
        await this.#look();
        this.#succeeded();
      } catch (error) {
        this.#failed(error as Error);
      }
      const pause = Math.min(this.intervalMs * 2 ** this.#failures, Math.max(MAX_PAUSE_MS, this.intervalMs));
      await this.timers.sleep(pause, this.#stop);
    }
  }

  async #look(): Promise<void> {
    const revisions = await this.subscriptions.activeRevisions();
    const known = new Map([...this.#known].filter(([id, { revision }]) => revisions.get(id) === revision));
    const changed = [...revisions.keys()].filter((id) => !known.has(id));
    if (changed.length > 0) {
      for (const subscription of await this.subscriptions.findActive(changed)) {
        known.set(subscription.subscriptionId, subscription);
      }
    }
    this.#known = known;
    // Told each time, also without a change: dispatchers mend by it what has failed since.
    if (!this.#stop.stopped) this.tell([...known.values()]);
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
