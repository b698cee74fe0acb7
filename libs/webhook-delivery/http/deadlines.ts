interface Length<Item extends object> {
  /** In order of their deadlines, in milliseconds of `performance.now()`. */
  readonly deadlines: Map<Item, number>;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Time limits by one timer for each length of time, because nearly everything ends long before its limit. The timer stays
 * when its first item ends, and is set anew for the next one when it fires.
 */
export class Deadlines<Item extends object> {
  readonly #lengths = new Map<number, Length<Item>>();

  /** @param expire called once for each item that is not removed within its time */
  constructor(private readonly expire: (item: Item) => void) {}

  add(ms: number, item: Item): void {
    const length = this.#lengths.get(ms) ?? { deadlines: new Map<Item, number>(), timer: undefined };
    this.#lengths.set(ms, length);
    length.deadlines.set(item, performance.now() + ms);
    if (!length.timer) this.#setTimer(ms, length, ms);
  }

  remove(ms: number, item: Item): void {
    this.#lengths.get(ms)?.deadlines.delete(item);
  }

  /** Does not keep the process alive, as the first item may have ended long ago. */
  #setTimer(ms: number, length: Length<Item>, after: number): void {
    length.timer = setTimeout(() => this.#fire(ms, length), after).unref();
  }

  #fire(ms: number, length: Length<Item>): void {
    length.timer = undefined;
    const now = performance.now();
    const expired: Item[] = [];
    for (const [item, deadline] of length.deadlines) {
      // Timers may fire by a fraction of a millisecond early.
      if (deadline > now) {
        this.#setTimer(ms, length, Math.ceil(deadline - now));
        break;
      }
      expired.push(item);
    }
    for (const item of expired) length.deadlines.delete(item);
    if (length.deadlines.size === 0) this.#lengths.delete(ms);
    for (const item of expired) this.expire(item);
  }
}
