import { topicPartitionKey } from '#libs/kernel';
import type { CursorSave, DispatchStore, PartitionClaim } from '../core/ports.js';
import { InMemoryStore } from './in-memory-store.fixture.js';

/** A store with an {@link InMemoryStore} for each partition asked for. */
export class ManyPartitions implements DispatchStore {
  readonly #stores = new Map<string, InMemoryStore>();

  constructor(private readonly now: () => number) {}

  of(claim: Pick<PartitionClaim, 'topic' | 'partition'>): InMemoryStore {
    const key = topicPartitionKey(claim);
    const store = this.#stores.get(key) ?? new InMemoryStore();
    store.now = this.now;
    this.#stores.set(key, store);
    return store;
  }

  claim: DispatchStore['claim'] = (claim, end) => this.of(claim).claim(claim, end);
  pinOthers: DispatchStore['pinOthers'] = (claim, served) => this.of(claim).pinOthers(claim, served);
  activeCursors: DispatchStore['activeCursors'] = (claim, revisions) =>
    this.of(claim).activeCursors(claim, revisions);
  cursorsOf: DispatchStore['cursorsOf'] = (claim, feedIds) => this.of(claim).cursorsOf(claim, feedIds);
  save: DispatchStore['save'] = (claim, changes) => this.of(claim).save(claim, changes);
  blockedAmong: DispatchStore['blockedAmong'] = (claim, feedId, lanes) =>
    this.of(claim).blockedAmong(claim, feedId, lanes);
  makeLanesDue: DispatchStore['makeLanesDue'] = (claim, revisions) =>
    this.of(claim).makeLanesDue(claim, revisions);
  dueLanes: DispatchStore['dueLanes'] = (claim, now, bounds) => this.of(claim).dueLanes(claim, now, bounds);
  parkedDeliveries: DispatchStore['parkedDeliveries'] = (claim, feedId, lane, limit) =>
    this.of(claim).parkedDeliveries(claim, feedId, lane, limit);

  async saveCursors(saves: readonly CursorSave[]): Promise<ReadonlySet<PartitionClaim>> {
    const saved = await Promise.all(saves.map((save) => this.of(save.claim).saveCursors([save])));
    return new Set(saved.flatMap((claims) => [...claims]));
  }

  async withRetries(claims: readonly PartitionClaim[]): Promise<ReadonlySet<PartitionClaim>> {
    const found = await Promise.all(claims.map((claim) => this.of(claim).withRetries([claim])));
    return new Set(found.flatMap((some) => [...some]));
  }
}
