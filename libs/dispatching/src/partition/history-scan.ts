import type { FeedRun } from '../feeds/feed-run.js';
import type { DispatchObserver } from '../observer.js';
import type { EventBatch, EventSource, Partition, TailBatch } from '../ports.js';
import { ChangeSignal, StopSignal } from '../timing/stop-signal.js';
import { type OutagePorts, throughOutages } from '../timing/through-outages.js';
import type { PartitionTail } from '../tail/partition-tail.js';

export interface ScanPorts extends OutagePorts {
  readonly source: EventSource;
  readonly observer: DispatchObserver;
}

export interface ScanLimits {
  /** A tail that was not continued for so long is looked after. */
  readonly tailSilenceMs: number;
}

/** What the scan is for. */
export interface Scanned {
  /** All before was looked at for those at rest. */
  rest(): number;
  /** Looks at what follows on that. */
  examine(batch: EventBatch): void;
  /** Continues the tail. */
  append(batch: TailBatch): void;
  /** Runs that come next to what is not in memory, whether they have room for it or not. */
  behind(): readonly FeedRun[];
  /** One of them has come further: what it wants next may be in memory. */
  offered(run: FeedRun): void;
}

/** The log has something there, and does not give it yet. */
const EMPTY_READ_PAUSE_MS = 100;

/**
 * The one reader of a partition's history, for all who are behind. It goes through the log from the lowest place that
 * somebody waits at, takes up those that it passes, and begins at the lowest again when there is nobody further on. Who
 * has no room is passed by, and taken up the next time; who has little is not read for until it has more, or hardly
 * anything left to deliver.
 */
export class HistoryScan {
  readonly #changed = new ChangeSignal();
  readonly #stop = new StopSignal();
  #position = 0;
  /** What was read last, from `first` on: who had no room for all of it comes back for the rest. */
  #piece: TailBatch | undefined;

  constructor(
    private readonly partition: Partition,
    private readonly tail: PartitionTail,
    private readonly ports: ScanPorts,
    private readonly limits: ScanLimits,
    private readonly scanned: Scanned,
  ) {}

  start(): void {
    void this.#run();
    void this.#watchTail();
  }

  stop(): void {
    this.#stop.stop();
    this.#changed.notify();
  }

  /** Somebody may be behind. */
  wake(): void {
    this.#changed.notify();
  }

  async #run(): Promise<void> {
    while (!this.#stop.stopped) {
      const changed = this.#changed.next();
      const from = this.#nextPlace();
      if (from === undefined) {
        if (this.scanned.behind().length === 0) this.#piece = undefined;
        await changed;
        continue;
      }
      const piece = await this.#pieceAt(from);
      if (!piece || this.#stop.stopped) return;
      this.#hand(piece);
      this.#position = piece.next;
      if (piece.next === from) await this.ports.timers.sleep(EMPTY_READ_PAUSE_MS, this.#stop);
    }
  }

  async #pieceAt(from: number): Promise<TailBatch | undefined> {
    if (this.#piece && this.#piece.first <= from && from < this.#piece.next) return this.#piece;
    this.#piece = undefined;
    const batch = await throughOutages(
      () => this.ports.source.read({ ...this.partition, offset: from }),
      (error) => this.ports.observer.failed('read', this.partition, error),
      this.ports,
      this.#stop,
    );
    this.#piece = batch && { ...batch, first: from };
    return this.#piece;
  }

  /** Of the places that are waited at, the first from here on; else the first of all. */
  #nextPlace(): number | undefined {
    let lowest: number | undefined;
    let ahead: number | undefined;
    const consider = (place: number): void => {
      if (place < (lowest ?? Infinity)) lowest = place;
      if (place >= this.#position && place < (ahead ?? Infinity)) ahead = place;
    };
    for (const { next, isHungry } of this.scanned.behind()) if (isHungry) consider(next);
    const rest = this.scanned.rest();
    if (rest < this.tail.start) consider(rest);
    return ahead ?? lowest;
  }

  #hand(piece: TailBatch): void {
    for (const run of this.scanned.behind()) {
      if (!run.isOpen || run.next < piece.first || run.next >= piece.next) continue;
      run.offer(piece);
      this.scanned.offered(run);
    }
    const rest = this.scanned.rest();
    if (rest >= piece.first && rest < piece.next) this.scanned.examine(piece);
  }

  /**
   * Whoever brings the tail may be held up, by a rebalance or a broker that was away. So that subscribers don't wait
   * for that, a silent tail is continued from the log itself.
   */
  async #watchTail(): Promise<void> {
    while (!this.#stop.stopped) {
      const { next } = this.tail;
      await this.ports.timers.sleep(this.limits.tailSilenceMs, this.#stop);
      if (this.#stop.stopped || this.tail.next !== next) continue;
      // While the log does not answer there is nothing to continue with.
      const batch = await this.ports.source.read({ ...this.partition, offset: next }).catch(() => undefined);
      if (batch && this.tail.next === next && batch.next > next)
        this.scanned.append({ ...batch, first: next });
    }
  }
}
