import type { Cursor } from '../cursors/cursor.js';
import type { SavedCursor } from '../ports.js';

export interface SaveLimits {
  /** How long a cursor that only passed events which are not owed may stay unsaved, in milliseconds. */
  readonly idleSaveMs: number;
  /** A feed that is owed nothing for this long becomes idle, in milliseconds. */
  readonly deactivateAfterMs: number;
}

export interface FeedProgress {
  /** No work is left, and the feed has read as far as all others. */
  readonly isUpToDate: boolean;
  /** The feed has an end, has reached it, and no work remains. */
  readonly hasReachedEnd: boolean;
  /** Lane changes need saving beside the cursor. */
  readonly hasMore: boolean;
}

/**
 * Decides when an active feed's cursor is saved. Finished deliveries are saved soon because a crash would repeat them;
 * progress past events that are not owed can wait.
 */
export class CursorSaves {
  /** Finished deliveries that a crash would repeat. */
  #unsaved = 0;
  #owed = 0;
  #owedAt: number;
  #savedAt: number;
  #savedNext: number;
  /** The saved cursor says that the feed is active. */
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

  /** The cursor to save now, if it is due. */
  collect({ isUpToDate, hasReachedEnd, hasMore }: FeedProgress, now: number): SavedCursor | undefined {
    const rests = isUpToDate && now - this.#owedAt >= this.limits.deactivateAfterMs;
    if (!rests && !hasMore && !this.#isDue(hasReachedEnd, now)) return undefined;
    this.#inSave = { unsaved: this.#unsaved, owed: this.#owed, next: this.cursor.next, rests };
    // Set before the outcome is known: a save that seems to fail may have been written.
    if (rests) this.#isSavedActive = false;
    return { ...this.cursor.state(), ...this.judged, idle: rests };
  }

  /** Call once the collected changes are durable. @returns whether the feed is saved as idle and owed nothing since */
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
