import type { Cursor, CursorState } from './cursor.js';

/**
 * Knows what of a cursor is not saved yet. Finished deliveries are saved soon, because a crash would repeat them; mere
 * reading, past events that are not owed, can wait, or every event would cost a row write per subscription.
 */
export class SaveProgress {
  #finished = 0;
  #finishedInSave = 0;
  #savedNext: number;
  #nextInSave: number;
  #savedAt: number;

  constructor(
    private readonly cursor: Cursor,
    private readonly idleSaveMs: number,
    now: number,
  ) {
    this.#savedNext = cursor.next;
    this.#nextInSave = cursor.next;
    this.#savedAt = now;
  }

  /** Deliveries that a crash would repeat. */
  get unsaved(): number {
    return this.#finished;
  }

  deliveryFinished(): void {
    this.#finished++;
  }

  /** What to save now, if anything; {@link saved} tells that it was. */
  due(now: number): CursorState | undefined {
    const onlyRead = this.#finished === 0;
    if (onlyRead && this.#savedNext === this.cursor.next) return undefined;
    if (onlyRead && now - this.#savedAt < this.idleSaveMs) return undefined;
    this.#finishedInSave = this.#finished;
    this.#nextInSave = this.cursor.next;
    return this.cursor.state();
  }

  /** What {@link due} gave is durable. */
  saved(now: number): void {
    this.#finished -= this.#finishedInSave;
    this.#finishedInSave = 0;
    this.#savedNext = this.#nextInSave;
    this.#savedAt = now;
  }
}
