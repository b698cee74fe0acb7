import type { Clock } from '#libs/kernel';

/** Lets a loop wait for work, for a time, or for its end. */
export class Pause {
  #wake: (() => void) | undefined;
  readonly #ended: Promise<void>;
  #end!: () => void;
  #over = false;

  constructor(private readonly clock: Clock) {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  wake(): void {
    this.#wake?.();
  }

  /** Ends all waits, now and later. */
  end(): void {
    this.#over = true;
    this.#wake?.();
    this.#end();
  }

  /** Resolves after the current I/O events, so that work arriving together is handled together. */
  untilWoken(): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        setImmediate(resolve);
      };
    });
  }

  /** Waits even if work arrives. Milliseconds. */
  async forMs(ms: number): Promise<void> {
    let cancel: (() => void) | undefined;
    const over = new Promise<void>((resolve) => {
      cancel = this.clock.after(ms, resolve);
    });
    await Promise.race([over, this.#ended]);
    cancel?.();
  }

  untilEnded(): Promise<void> {
    return this.#ended;
  }
}
