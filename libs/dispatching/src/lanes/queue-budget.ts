/** How many deliveries may wait in the memory of the process, over all feeds. A feed always has room for a few. */
export class QueueBudget {
  #used = 0;

  constructor(private readonly most: number) {}

  get isSpent(): boolean {
    return this.#used >= this.most;
  }

  get used(): number {
    return this.#used;
  }

  take(): void {
    this.#used++;
  }

  give(count: number): void {
    this.#used -= count;
  }
}
