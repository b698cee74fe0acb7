/** How a loop waits: for work, for a while, or for its end. */
export class Pause {
  #wake: (() => void) | undefined;
  readonly #ended: Promise<void>;
  #end!: () => void;
  #over = false;

  constructor() {
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Work has come. */
  wake(): void {
    this.#wake?.();
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#over = true;
    this.#wake?.();
    this.#end();
  }

  /** Ends after all that is being read when work comes: what comes in one go is worked on in one go. */
  untilWoken(): Promise<void> {
    if (this.#over) return Promise.resolve();
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        setImmediate(resolve);
      };
    });
  }

  /** Lasts, even if work comes. Milliseconds. */
  async forMs(ms: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, ms);
    });
    await Promise.race([over, this.#ended]);
    clearTimeout(timer);
  }

  untilEnded(): Promise<void> {
    return this.#ended;
  }
}
