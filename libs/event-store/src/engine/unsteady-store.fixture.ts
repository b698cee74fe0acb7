import { InMemoryStateStore } from '../states/in-memory-state-store.js';
import type { WriterClaim, StateStore, StoredState } from '../states/state-store.js';
import type { Delay } from './unsteady-log.fixture.js';

/** A store that behaves like a database: calls take time, it is down at times, and answers may get lost. */
export class UnsteadyStore extends InMemoryStateStore implements StateStore {
  away = false;
  /** Number of next saves that succeed without confirmation. */
  lostAnswers = 0;

  constructor(private readonly delay: Delay) {
    super();
  }

  override open(claim: WriterClaim): Promise<number> {
    return this.#reach(() => super.open(claim));
  }

  override load(topic: string, partition: number, streamIds: readonly string[]) {
    return this.#reach(() => super.load(topic, partition, streamIds));
  }

  override async save(claim: WriterClaim, from: number, to: number, states: readonly StoredState[]) {
    await this.#reach(() => super.save(claim, from, to, states));
    if (this.lostAnswers === 0) return;
    this.lostAnswers--;
    throw new Error('the answer got lost');
  }

  async #reach<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    await this.delay();
    if (this.away) throw new Error('the store is away');
    const answer = await act();
    await this.delay();
    return answer;
  }
}
