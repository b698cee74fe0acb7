/**
 * Spreads bursts of work over several turns of the event loop, so that the process can answer incoming requests in
 * between.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #isRenewed = true;

  /** @param perTurn how many may start in one turn */
  constructor(private readonly perTurn: number) {}

  /** Returns `undefined` to start at once; otherwise a promise that resolves in a later turn, first come, first served. */
  take(): Promise<void> | undefined {
    if (this.#waiting.length > 0 || this.#begun >= this.perTurn)
      return new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
    this.#begun++;
    this.#renewLater();
    return undefined;
  }

  #renewLater(): void {
    if (!this.#isRenewed) return;
    this.#isRenewed = false;
    setImmediate(() => {
      this.#isRenewed = true;
      const next = this.#waiting.splice(0, this.perTurn);
      this.#begun = next.length;
      if (next.length > 0) this.#renewLater();
      for (const begin of next) begin();
    });
  }
}
