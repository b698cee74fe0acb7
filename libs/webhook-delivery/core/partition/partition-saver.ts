import type { PartitionChanges, PartitionClaim } from '../ports.js';
import { asError } from '#libs/kernel';
import type { DispatchLimits, DispatchPorts } from '../dispatch-limits.js';

/** One save. */
export interface Collected extends Omit<PartitionChanges, 'number'> {
  /** Only the scanned offset may have changed. */
  readonly isEmpty: boolean;
  /** Call it when all of this is durable. */
  readonly confirm: () => void;
}

/** Saves the progress of all feeds of a partition in one write, several times a second, one write at a time. */
export class PartitionSaver {
  readonly #stop = new AbortController();
  #number = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** A save that has not collected yet, so that it will include whatever is pending now. */
  #upcoming: Promise<boolean> | undefined;
  #savedScannedOffset = -1;
  #scannedOffsetSavedAt = 0;

  constructor(
    private readonly claim: PartitionClaim,
    private readonly feeds: { collect(now: number): Collected },
    private readonly lost: () => void,
    private readonly ports: DispatchPorts,
    private readonly limits: DispatchLimits,
  ) {}

  /** Saves until it is stopped. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.ports.clock.sleep(this.limits.saveIntervalMs, this.#stop.signal);
      if (!this.#stop.signal.aborted) await this.save();
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** Saves everything pending. Returns `false` when that failed, and it is still due. */
  save(): Promise<boolean> {
    if (this.#upcoming) return this.#upcoming;
    const upcoming = this.#last.then(() => this.#save());
    this.#upcoming = this.#last = upcoming;
    return upcoming;
  }

  async #save(): Promise<boolean> {
    this.#upcoming = undefined;
    try {
      const now = this.ports.clock.now();
      const { isEmpty, confirm, ...changes } = this.feeds.collect(now);
      const { scannedOffset } = changes;
      const isScannedOffsetDue =
        scannedOffset > this.#savedScannedOffset &&
        now - this.#scannedOffsetSavedAt >= this.limits.idleSaveMs;
      if (!isEmpty || isScannedOffsetDue) {
        if (!(await this.ports.store.save(this.claim, { number: ++this.#number, ...changes }))) {
          this.lost();
          return false;
        }
        this.#savedScannedOffset = scannedOffset;
        this.#scannedOffsetSavedAt = now;
      }
      confirm();
      return true;
    } catch (error) {
      this.ports.observer.failed('save', this.claim, asError(error));
      return false;
    }
  }
}
