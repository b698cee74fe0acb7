import { topicPartitionKey } from '#libs/kernel';
import { describeDispatchStore } from './conformance/dispatch-store.js';
import type { DispatchStore, PartitionClaim } from '../core/ports.js';
import { InMemoryStore } from './in-memory-store.fixture.js';

/** A store for each partition asked for. */
function manyPartitions() {
  const stores = new Map<string, InMemoryStore>();
  const of = (claim: PartitionClaim): InMemoryStore => {
    const key = topicPartitionKey(claim);
    const store = stores.get(key) ?? new InMemoryStore();
    store.now = () => Date.now();
    stores.set(key, store);
    return store;
  };
  const store: DispatchStore = {
    claim: (claim, end) => of(claim).claim(claim, end),
    pinOthers: (claim, served) => of(claim).pinOthers(claim, served),
    activeCursors: (claim, feedIds) => of(claim).activeCursors(claim, feedIds),
    cursorsOf: (claim, feedIds) => of(claim).cursorsOf(claim, feedIds),
    save: (claim, changes) => of(claim).save(claim, changes),
    withBlockedLanes: (claim, feedIds) => of(claim).withBlockedLanes(claim, feedIds),
    blockedAmong: (claim, feedId, lanes) => of(claim).blockedAmong(claim, feedId, lanes),
    makeLanesDue: (claim, endpointRevisions) => of(claim).makeLanesDue(claim, endpointRevisions),
    dueLanes: (claim, now, bounds) => of(claim).dueLanes(claim, now, bounds),
    parkedDeliveries: (claim, feedId, lane, limit) => of(claim).parkedDeliveries(claim, feedId, lane, limit),
  };
  return { store, of };
}

const { store, of } = manyPartitions();
describeDispatchStore('in memory', async () => ({
  store,
  redrive: async ({ claim, feedId, lane }) => of(claim).redrive(feedId, lane),
  skip: async ({ claim, feedId, lane }) => void of(claim).skip(feedId, lane),
}));
