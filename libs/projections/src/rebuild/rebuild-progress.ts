/** How far a rebuild has come, in events. */
export interface RebuildStatus {
  readonly done: number;
  readonly total: number;
  /** In a second, of late. */
  readonly rate: number;
  /** Milliseconds; `undefined` until there is a rate to tell it by. */
  readonly leftMs: number | undefined;
}

/** The rate is that of the last so many milliseconds: a database slows down as its tables grow. */
const WINDOW_MS = 20_000;
const SAMPLE_MS = 250;
/** Checking, indexes and the switch take about so much of the time that loading takes: they have no steps to be counted. */
const FINISHING = 0.12;

/** Counts what a rebuild has done, and tells when it may end. */
export class RebuildProgress {
  #done = 0;
  #total = 0;
  #samples: { readonly at: number; readonly done: number }[] = [];

  constructor(
    private readonly changed: (status: RebuildStatus) => void,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** What an earlier run has done already is known, and says nothing about the rate. */
  begin(done: number, total: number): void {
    this.#done = done;
    this.#total = total;
    this.#samples = [{ at: this.now(), done }];
    this.changed(this.standing);
  }

  /** Work that nobody had reckoned with is done: what is left is as much as before. */
  addUnplanned(count: number): void {
    this.#total += count;
    this.add(count);
  }

  add(count: number): void {
    this.#done += count;
    const at = this.now();
    const last = this.#samples.at(-1);
    // The last is shown in any case: nothing may come after it.
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
    const elapsed = first ? this.now() - first.at : 0;
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
