import { topicPartitionKey } from '#libs/kernel';
import {
  type WriterClaim,
  type StateStore,
  type StoredState,
  StaleStateError,
} from '../core/states/state-store.js';

interface Partition {
  claim: number;
  checkpoint: number;
  readonly rows: Map<string, string>;
}

/** Passes the same conformance suite as the Postgres adapter, and can be away. */
export class InMemoryStateStore implements StateStore {
  /** Makes every load and save fail. */
  away = false;
  /** How many of the next saves succeed without an answer. */
  lostAnswers = 0;
  saves = 0;
  /** The streams that were asked for. */
  readonly loaded: string[] = [];
  readonly #partitions = new Map<string, Partition>();

  async open({ topic, partition, claim }: WriterClaim): Promise<number> {
    const key = topicPartitionKey({ topic, partition });
    const found = this.#partitions.get(key) ?? { claim, checkpoint: 0, rows: new Map<string, string>() };
    if (found.claim > claim) throw new StaleStateError(`${key} has a later claim`);
    found.claim = claim;
    this.#partitions.set(key, found);
    return found.checkpoint;
  }

  async load(
    topic: string,
    partition: number,
    streamIds: readonly string[],
  ): Promise<{ checkpoint: number | undefined; states: StoredState[] }> {
    if (this.away) throw new Error('away');
    this.loaded.push(...streamIds);
    const found = this.#partitions.get(topicPartitionKey({ topic, partition }));
    const states = streamIds.flatMap((streamId) => {
      const json = found?.rows.get(streamId);
      return json === undefined ? [] : [{ streamId, json }];
    });
    return { checkpoint: found?.checkpoint, states };
  }

  async save(
    { topic, partition, claim }: WriterClaim,
    from: number,
    to: number,
    states: readonly StoredState[],
  ): Promise<void> {
    if (this.away) throw new Error('away');
    const found = this.#partitions.get(topicPartitionKey({ topic, partition }));
    if (!found || found.claim > claim || found.checkpoint !== from) {
      throw new StaleStateError(`${topicPartitionKey({ topic, partition })} is no longer at ${from}`);
    }
    found.claim = claim;
    found.checkpoint = to;
    for (const { streamId, json } of states) found.rows.set(streamId, json);
    this.saves++;
    if (this.lostAnswers === 0) return;
    this.lostAnswers--;
    throw new Error('the answer got lost');
  }

  /** Simulates a deleted database. */
  clear(): void {
    this.#partitions.clear();
  }
}
