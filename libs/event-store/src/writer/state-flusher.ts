/** What a flusher saves. */
export interface Flushable {
  readonly unsaved: number;
  save(): Promise<void>;
}

/** Saves changed states behind the log, beside everything else: one save at a time, and after a failure not at once. */
export class StateFlusher {
  #saving: Promise<void> | undefined;
  #begunAt = performance.now();
  #failed = false;

  constructor(
    private readonly states: Flushable,
    private readonly everyMs: number,
    private readonly onFailure: (error: Error) => void,
  ) {}

  flushIfDue(): void {
    if (performance.now() - this.#begunAt >= this.everyMs) this.#begin();
  }

  /** Much has gathered. */
  flushSoon(): void {
    if (!this.#failed) this.#begin();
  }

  /** @throws whatever keeps the store from answering. */
  async flushAll(): Promise<void> {
    await this.#saving;
    if (this.states.unsaved > 0) await this.states.save();
  }

  #begin(): void {
    if (this.#saving || this.states.unsaved === 0) return;
    this.#begunAt = performance.now();
    this.#saving = this.#save().finally(() => {
      this.#saving = undefined;
    });
  }

  async #save(): Promise<void> {
    try {
      await this.states.save();
      this.#failed = false;
    } catch (error) {
      this.#failed = true;
      this.onFailure(error as Error);
    }
  }
}
