const REMIND_EVERY_MS = 10_000;
const REDRAW_EVERY_MS = 200;

/**
 * Shows the progress of long steps. A terminal gets one line that counts the seconds of all running steps; other outputs
 * get a plain line at the start of a step, every ten seconds, and at its end.
 */
export class Progress {
  /** @type {Map<string, { began: number, reminded: number }>} */
  #steps = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #silent = false;
  #stream;
  #live;

  /** @param {NodeJS.WriteStream} stream */
  constructor(stream) {
    this.#stream = stream;
    this.#live = stream.isTTY && process.env.TERM !== 'dumb';
  }

  /**
   * @template T
   * @param {string} title
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async step(title, work) {
    const began = performance.now();
    this.#steps.set(title, { began, reminded: began });
    this.#timer ??= setInterval(() => this.#tick(), REDRAW_EVERY_MS).unref();
    if (!this.#live) this.#print(`… ${title}`);
    let mark = '✗';
    try {
      const result = await work();
      mark = '✓';
      return result;
    } finally {
      this.#steps.delete(title);
      this.#print(`${mark} ${title} (${secondsSince(began)})`);
      if (this.#steps.size === 0) {
        clearInterval(this.#timer);
        this.#timer = undefined;
      }
    }
  }

  /** Steps that end during a stop are not reported. */
  silence() {
    if (this.#live) this.#stream.write(CLEAR_LINE);
    this.#silent = true;
  }

  #tick() {
    if (this.#live) return this.#draw();
    for (const [title, step] of this.#steps) {
      if (performance.now() - step.reminded < REMIND_EVERY_MS) continue;
      step.reminded = performance.now();
      this.#print(`… ${title}: ${secondsSince(step.began)} so far`);
    }
  }

  /** @param {string} line */
  #print(line) {
    if (this.#silent) return;
    this.#stream.write(`${this.#live ? CLEAR_LINE : ''}${line}\n`);
    this.#draw();
  }

  #draw() {
    if (!this.#live || this.#silent || this.#steps.size === 0) return;
    const text = [...this.#steps].map(([title, { began }]) => `${title} ${secondsSince(began)}`).join(' · ');
    const width = (this.#stream.columns || 80) - 1;
    this.#stream.write(CLEAR_LINE + `… ${text}`.slice(0, width));
  }
}

const CLEAR_LINE = '\r\u001B[2K';

/** @param {number} began as told by `performance.now()` */
export const secondsSince = (began) => `${((performance.now() - began) / 1000).toFixed(1)} s`;
