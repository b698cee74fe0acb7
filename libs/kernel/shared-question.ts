/**
 * Shares one query at a time among its callers. A call during a running query gets the next query's answer, because the
 * running one may have started too early. Many calls thus cause few queries, and no answer is older than its call.
 */
export class SharedQuestion<Answer> {
  #running: Promise<Answer> | undefined;
  #next: Promise<Answer> | undefined;

  constructor(private readonly ask: () => Promise<Answer>) {}

  /** @throws any error of the query */
  answer(): Promise<Answer> {
    this.#next ??= this.#askNext();
    return this.#next;
  }

  async #askNext(): Promise<Answer> {
    await this.#running?.catch(() => undefined);
    // Yields even without a running query, so that `#next` is set by now.
    await Promise.resolve();
    this.#next = undefined;
    this.#running = this.ask();
    return this.#running;
  }
}
