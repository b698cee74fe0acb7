import type { Clock } from '#libs/kernel';

/** How far a rebuild has come, in log offsets: these include control records, so they exceed the number of events. */
export interface RebuildStatus {
  readonly done: number;
  readonly total: number;
  /** Recent offsets per second. */
  readonly rate: number;
  /** Estimated milliseconds; `undefined` until the rate is known. */
  readonly leftMs: number | undefined;
}

/** The rate covers this window only, because a database slows down as its tables grow. Milliseconds. */
const WINDOW_MS = 20_000;
const SAMPLE_MS = 250;
/** Verification, indexes and the switch take about this share of the loading time. They report no progress of their own. */
const FINISHING = 0.12;

/** The remaining time in words. After loading it is unknown: verification, indexes and the switch cannot be measured. */
export function remainingTime({ done, total, leftMs }: RebuildStatus): string {
  if (done >= total) return 'verifying, indexing and switching';
  return leftMs === undefined ? '? left' : `${Math.ceil(leftMs / 1_000)} s left`;
}

/** Counts what a rebuild has done, and estimates when it ends. */
export class RebuildProgress {
  #done = 0;
  #total = 0;
  #samples: { readonly at: number; readonly done: number }[] = [];

  constructor(
    private readonly changed: (status: RebuildStatus) => void,
    private readonly clock: Clock,
  ) {}

  /** @param done by an earlier run; it does not count towards the rate */
  begin(done: number, total: number): void {
    this.#done = done;
    this.#total = total;
    this.#samples = [{ at: this.clock.monotonic(), done }];
    this.changed(this.standing);
  }

  /** Adds completed work that was not part of the total, so that the remaining work stays the same. */
  addUnplanned(count: number): void {
    this.#total += count;
    this.add(count);
  }

  add(count: number): void {
    this.#done += count;
    const at = this.clock.monotonic();
    const last = this.#samples.at(-1);
    // The last one is always shown, because nothing may follow it.
    if (!last || at - last.at >= SAMPLE_MS || this.#done >= this.#total) {
      this.#samples = [
        ...this.#samples.filter((sample) => at - sample.at <= WINDOW_MS),
        { at, done: this.#done },
      ];
      this.changed(this.standing);
    }
  }

  get standing(): RebuildStatus {
    const [first] = this.#samples;
    const elapsed = first ? this.clock.monotonic() - first.at : 0;
    const rate = first && elapsed > 0 ? ((this.#done - first.done) / elapsed) * 1_000 : 0;
    const left = Math.max(0, this.#total - this.#done);
    return {
      done: this.#done,
      total: this.#total,
      rate,
      leftMs: rate > 0 ? ((left + FINISHING * this.#total) / rate) * 1_000 : undefined,
    };
  }
}
