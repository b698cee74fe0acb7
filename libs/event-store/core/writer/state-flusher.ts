import type { Clock } from '#libs/kernel';

export interface Flushable {
  readonly unsaved: number;
  save(): Promise<void>;
}

/** Saves changed states in the background, one save at a time, and backs off after a failure. */
export class StateFlusher {
  #saving: Promise<void> | undefined;
  #begunAt: number;
  #failed = false;

  constructor(
    private readonly states: Flushable,
    private readonly everyMs: number,
    private readonly clock: Clock,
    private readonly onFailure: (error: Error) => void,
  ) {
    this.#begunAt = clock.monotonic();
  }

  flushIfDue(): void {
    if (this.clock.monotonic() - this.#begunAt >= this.everyMs) this.#begin();
  }

  flushSoon(): void {
    if (!this.#failed) this.#begin();
  }

  /** Saves everything. @throws any error of the store */
  async flushAll(): Promise<void> {
    await this.#saving;
    if (this.states.unsaved > 0) await this.states.save();
  }

  #begin(): void {
    if (this.#saving || this.states.unsaved === 0) return;
    this.#begunAt = this.clock.monotonic();
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
