import { setTimeout as sleep } from 'node:timers/promises';
import { type PositionVector, positionVector } from '#libs/webhooks';
import { type Position, SharedQuestion, topicPartitionKey } from '#libs/kernel';

/** A leader that is new to a partition may not know its end for a moment. */
const MAX_LOOKUPS = 2;
/** Between two questions, however many want to know. */
const PAUSE_MS = 100;

/**
 * Where the log ends, as far as it was asked for lately. Ends only move on, so that what was known to exist still does: the
 * log is asked for positions alone that lie further.
 */
export class LogEnds {
  #known: PositionVector = {};
  #askedAt = Number.NEGATIVE_INFINITY;
  readonly #question: SharedQuestion<void>;

  constructor(private readonly ask: () => Promise<readonly Position[]>) {
    this.#question = new SharedQuestion(() => this.#look());
  }

  /**
   * Those of the positions that the log ends before, or whose partition it does not have: nobody can have been given them.
   * While the log does not answer none is known to be one.
   */
  async unknown(positions: readonly Position[]): Promise<readonly Position[]> {
    let beyond = this.#beyond(positions);
    for (let n = 0; n < MAX_LOOKUPS && beyond.length > 0; n++) {
      try {
        await this.#question.answer();
      } catch {
        return [];
      }
      beyond = this.#beyond(beyond);
    }
    return beyond;
  }

  #beyond(positions: readonly Position[]): readonly Position[] {
    return positions.filter((position) => position.offset >= (this.#known[topicPartitionKey(position)] ?? 0));
  }

  async #look(): Promise<void> {
    await sleep(Math.max(0, this.#askedAt + PAUSE_MS - performance.now()));
    this.#askedAt = performance.now();
    this.#known = positionVector(await this.ask());
  }
}
