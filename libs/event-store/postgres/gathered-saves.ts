import { type Clock, topicPartitionKey } from '#libs/kernel';
import type { StoredState, WriterClaim } from '../core/states/state-store.js';

/** The states that one partition's writer saves together. */
export interface StateSave {
  readonly claim: WriterClaim;
  /** The checkpoint that the states build on, and the next one. */
  readonly from: number;
  readonly to: number;
  readonly states: readonly StoredState[];
}

interface WaitingSave extends StateSave {
  readonly saved: (isSaved: boolean) => void;
  readonly failed: (error: unknown) => void;
}

/** A save is behind the log by up to a second anyway. */
const GATHER_MS = 200;
/** With so many states, a statement of its own costs little for each. */
const ENOUGH_STATES = 200;

/**
 * Gathers the saves of several partitions in common statements: every partition saves about once a second, so that most
 * statements would have one or two states. A fault in a common statement is isolated: each save then has its own.
 */
export class GatheredSaves {
  #waiting = new Map<string, WaitingSave>();
  #states = 0;
  #cancelTimer: (() => void) | undefined;

  /** @param saveAll returns the keys of the partitions whose checkpoints were where they should be */
  constructor(
    private readonly saveAll: (saves: readonly StateSave[]) => Promise<ReadonlySet<string>>,
    private readonly clock: Pick<Clock, 'after'>,
  ) {}

  /** @returns whether it is saved: its checkpoint was where it should be. @throws any error of the statement */
  save(save: StateSave): Promise<boolean> {
    const key = topicPartitionKey(save.claim);
    // Two saves of a partition build on one another.
    if (this.#waiting.has(key)) this.#begin();
    return new Promise((saved, failed) => {
      this.#waiting.set(key, { ...save, saved, failed });
      this.#states += save.states.length;
      if (this.#states >= ENOUGH_STATES) this.#begin();
      else this.#cancelTimer ??= this.clock.after(GATHER_MS, () => this.#begin());
    });
  }

  #begin(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const group = [...this.#waiting.values()];
    this.#waiting = new Map();
    this.#states = 0;
    void this.#saveGroup(group);
  }

  async #saveGroup(group: readonly WaitingSave[]): Promise<void> {
    try {
      const moved = await this.saveAll(group);
      for (const { claim, saved } of group) saved(moved.has(topicPartitionKey(claim)));
    } catch (error) {
      if (group.length > 1) for (const each of group) await this.#saveGroup([each]);
      else for (const { failed } of group) failed(error);
    }
  }
}
