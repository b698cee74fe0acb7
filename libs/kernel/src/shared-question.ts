/**
 * Asks one question at a time for all who want its answer. Who asks while one is under way gets the answer of the next: that
 * one may have been too early. So however many ask, few questions are asked, and no answer is older than who wanted it.
 */
export class SharedQuestion<Answer> {
  #running: Promise<Answer> | undefined;
  #next: Promise<Answer> | undefined;

  constructor(private readonly ask: () => Promise<Answer>) {}

  /** @throws what the question throws */
  answer(): Promise<Answer> {
    this.#next ??= this.#askNext();
    return this.#next;
  }

  async #askNext(): Promise<Answer> {
    await this.#running?.catch(() => undefined);
    // Also without a question before: `#next` is set by now.
    await Promise.resolve();
    this.#next = undefined;
    this.#running = this.ask();
    return this.#running;
  }
}
