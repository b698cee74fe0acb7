import type { DispatchObserver } from '../observer.js';
import type { DispatchStore, PartitionChanges, PartitionClaim, Timers } from '../ports.js';
import { asError } from '../timing/background.js';
import { StopSignal } from '../timing/stop-signal.js';

export interface SaverPorts {
  readonly store: Pick<DispatchStore, 'save'>;
  readonly timers: Timers;
  readonly observer: DispatchObserver;
}

/** What is to be saved now. */
export interface Collected extends Omit<PartitionChanges, 'number'> {
  /** Called when all of it is durable. */
  readonly confirm: () => void;
}

/** Saves what the feeds of a partition have done, all in one write, a few times a second, one write after the other. */
export class PartitionSaver {
  readonly #stop = new StopSignal();
  #number = 0;
  #last: Promise<void> = Promise.resolve();

  /** @param collect gives what has changed; `undefined` when nothing has */
  constructor(
    private readonly claim: PartitionClaim,
    private readonly collect: () => Collected | undefined,
    private readonly lost: () => void,
    private readonly ports: SaverPorts,
    private readonly intervalMs: number,
  ) {}

  /** Saves until it is stopped. */
  async run(): Promise<void> {
    while (!this.#stop.stopped) {
      await this.ports.timers.sleep(this.intervalMs, this.#stop);
      if (!this.#stop.stopped) await this.save();
    }
  }

  stop(): void {
    this.#stop.stop();
  }

  /** Resolves when what there was to save has been tried to save. `false` when that failed: it is due still. */
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
