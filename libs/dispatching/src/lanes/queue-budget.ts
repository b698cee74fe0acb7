/** How much memory the deliveries may take that wait in the process, over all feeds. A feed always has room for a few. */
export class QueueBudget {
  #used = 0;

  /** @param most bytes */
  constructor(private readonly most: number) {}

  get isSpent(): boolean {
    return this.#used >= this.most;
  }

  get used(): number {
    return this.#used;
  }

  take(bytes: number): void {
    this.#used += bytes;
  }

  give(bytes: number): void {
    this.#used -= bytes;
  }
}
