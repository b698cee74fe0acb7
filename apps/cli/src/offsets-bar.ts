import { ProgressBar } from './resources.js';

/** How far a reader of the log is, in offsets. A few of them hold no event. On stderr, as stdout is for results. */
export class OffsetsBar {
  readonly #began = performance.now();
  readonly #bar;

  constructor(title: string) {
    this.#bar = new ProgressBar({
      format: `${title} {bar} {percentage} % of {offsets} offsets · {rate}/s · {left} s left`,
      // Without a terminal, one line every five seconds.
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      stream: process.stderr,
    });
  }

  show(done: number, total: number): void {
    const rate = (done / (performance.now() - this.#began)) * 1_000;
    this.#bar.show(done, total, {
      offsets: total.toLocaleString('en'),
      rate: Math.round(rate).toLocaleString('en'),
      left: String(Math.ceil((total - done) / Math.max(rate, 1))),
    });
  }

  end(): void {
    this.#bar.end();
  }
}
