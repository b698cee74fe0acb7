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

/** For tests. Passes the same conformance suite as the Postgres adapter. */
export class InMemoryStateStore implements StateStore {
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
    const found = this.#partitions.get(topicPartitionKey({ topic, partition }));
    if (!found || found.claim > claim || found.checkpoint !== from) {
      throw new StaleStateError(`${topicPartitionKey({ topic, partition })} is no longer at ${from}`);
    }
    found.claim = claim;
    found.checkpoint = to;
    for (const { streamId, json } of states) found.rows.set(streamId, json);
  }

  /** Simulates a deleted database. */
  clear(): void {
    this.#partitions.clear();
  }
}
