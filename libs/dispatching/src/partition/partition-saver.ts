import type { Clock } from '#libs/kernel';
import type { DispatchObserver } from '../observer.js';
import type { DispatchStore, PartitionChanges, PartitionClaim } from '../ports.js';
import { asError } from '../timing/background.js';

export interface SaverPorts {
  readonly store: Pick<DispatchStore, 'save'>;
  readonly clock: Clock;
  readonly observer: DispatchObserver;
}

/** One save. */
export interface Collected extends Omit<PartitionChanges, 'number'> {
  /** Called when it is durable. */
  readonly confirm: () => void;
}

/** Saves the progress of all feeds of a partition in one write, several times a second, one write at a time. */
export class PartitionSaver {
  readonly #stop = new AbortController();
  #number = 0;
  #last: Promise<void> = Promise.resolve();

  /** @param collect returns what has changed, or `undefined` */
  constructor(
    private readonly claim: PartitionClaim,
    private readonly collect: () => Collected | undefined,
    private readonly lost: () => void,
    private readonly ports: SaverPorts,
    private readonly intervalMs: number,
  ) {}

  /** Saves until it is stopped. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.ports.clock.sleep(this.intervalMs, this.#stop.signal);
      if (!this.#stop.signal.aborted) await this.save();
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Saves everything pending. Returns `false` when that failed, and it is still due. */
  save(): Promise<boolean> {
    const saved = this.#last.then(() => this.#save());
    this.#last = saved.then(() => undefined);
    return saved;
  }

  async #save(): Promise<boolean> {
    try {
      const collected = this.collect();
      if (!collected) return true;
      const { confirm, ...changes } = collected;
      if (!(await this.ports.store.save(this.claim, { number: ++this.#number, ...changes }))) {
        this.lost();
        return false;
      }
      confirm();
      return true;
    } catch (error) {
      this.ports.observer.failed('save', this.claim, asError(error));
      return false;
    }
  }
}
