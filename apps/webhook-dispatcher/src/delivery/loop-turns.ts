/**
 * Spreads what comes all at once over turns of the event loop, so that requests which the process is to answer get theirs
 * in between.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #isRenewed = true;

  /** @param perTurn how many may begin in one turn */
  constructor(private readonly perTurn: number) {}

  /** `undefined` when it may begin at once; else resolves in a later turn, in the order of asking. */
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
