import type { Cursor } from '../cursors/cursor.js';
import type { SavedCursor } from '../ports.js';

export interface SaveLimits {
  /** How long a cursor may stay unsaved that only passed over events not owed. */
  readonly idleSaveMs: number;
  /** A feed that was owed nothing for so long is laid to rest. */
  readonly deactivateAfterMs: number;
}

export interface FeedProgress {
  /** Nothing is to be done for it, and it is as far as all others. */
  readonly isUpToDate: boolean;
  /** Nothing will be to be done for it. */
  readonly hasReachedEnd: boolean;
  /** There is something to be saved beside the cursor. */
  readonly hasMore: boolean;
}

/**
 * Knows what of a run's cursor is not saved yet. Finished deliveries are saved soon, because a crash would repeat them;
 * mere reading, past events that are not owed, can wait.
 */
export class CursorSaves {
  /** Deliveries that a crash would repeat. */
  #unsaved = 0;
  /** Events owed so far. */
  #owed = 0;
  #owedAt: number;
  #savedAt: number;
  #savedNext: number;
  /** What the database has of it says that it is awake. */
  #isSavedActive: boolean;
  #inSave = { unsaved: 0, owed: 0, next: 0, rests: false };

  constructor(
    private readonly cursor: Cursor,
    private readonly judged: Pick<SavedCursor, 'rulesRevision' | 'generation'>,
    isSaved: boolean,
    private readonly limits: SaveLimits,
    now: number,
  ) {
    this.#owedAt = this.#savedAt = now;
    this.#savedNext = cursor.next;
    this.#isSavedActive = isSaved;
  }

  get unsaved(): number {
    return this.#unsaved;
  }

  get isUnsaved(): boolean {
    return this.#unsaved > 0 || !this.#isSavedActive || this.cursor.next > this.#savedNext;
  }

  owed(now: number): void {
    this.#owed++;
    this.#owedAt = now;
  }

  finished(): void {
    this.#unsaved++;
  }

  /** The cursor as it is to be saved now, if so. */
  collect({ isUpToDate, hasReachedEnd, hasMore }: FeedProgress, now: number): SavedCursor | undefined {
    const rests = isUpToDate && now - this.#owedAt >= this.limits.deactivateAfterMs;
    if (!rests && !hasMore && !this.#isDue(hasReachedEnd, now)) return undefined;
    this.#inSave = { unsaved: this.#unsaved, owed: this.#owed, next: this.cursor.next, rests };
    // Even if the save fails, as far as we hear.
    if (rests) this.#isSavedActive = false;
    return { ...this.cursor.state(), ...this.judged, idle: rests };
  }

  /** What was collected is durable. @returns whether it is at rest, and nothing was owed to it since. */
  confirm(now: number): boolean {
    const { unsaved, owed, next, rests } = this.#inSave;
    this.#unsaved -= unsaved;
    this.#inSave = { ...this.#inSave, unsaved: 0 };
    this.#savedAt = now;
    this.#savedNext = next;
    this.#isSavedActive = !rests;
    return rests && this.#owed === owed;
  }

  #isDue(hasReachedEnd: boolean, now: number): boolean {
    if (this.#unsaved > 0 || !this.#isSavedActive) return true;
    if (this.cursor.next <= this.#savedNext) return false;
    return hasReachedEnd || now - this.#savedAt >= this.limits.idleSaveMs;
  }
}
