import { type PositionVector, positionVector } from '#libs/webhooks';
import { type Position, SharedQuestion, systemClock, topicPartitionKey } from '#libs/kernel';

/** A new leader of a partition may not know its end for a moment. */
const MAX_LOOKUPS = 2;
/** Least time between two lookups. */
const PAUSE_MS = 100;

/**
 * Caches the ends of the log. Since ends only advance, the log is asked only about positions beyond the known ends.
 */
export class LogEnds {
  #known: PositionVector = {};
  #askedAt = Number.NEGATIVE_INFINITY;
  readonly #question: SharedQuestion<void>;

  constructor(private readonly ask: () => Promise<readonly Position[]>) {
    this.#question = new SharedQuestion(() => this.#look());
  }

  /**
   * The positions that do not exist in the log, so that no answer can have contained them. None while the log does not
   * answer.
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
    await systemClock.sleep(Math.max(0, this.#askedAt + PAUSE_MS - performance.now()));
    this.#askedAt = performance.now();
    this.#known = positionVector(await this.ask());
  }
}
