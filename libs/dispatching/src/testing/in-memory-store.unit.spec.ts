import { topicPartitionKey } from '#libs/kernel';
import { describeDispatchStore } from '#libs/dispatching/conformance/jest';
import type { DispatchStore, PartitionClaim } from '../ports.js';
import { InMemoryStore } from './in-memory-store.fixture.js';

/** As many partitions as are asked for. */
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
    unrestOthers: (claim, served) => of(claim).unrestOthers(claim, served),
    awake: (claim, feedIds) => of(claim).awake(claim, feedIds),
    wake: (claim, feedIds) => of(claim).wake(claim, feedIds),
    save: (claim, changes) => of(claim).save(claim, changes),
    withHeldLanes: (claim, feedIds) => of(claim).withHeldLanes(claim, feedIds),
    heldAmong: (claim, feedId, lanes) => of(claim).heldAmong(claim, feedId, lanes),
    hurryLanes: (claim, endpointRevisions) => of(claim).hurryLanes(claim, endpointRevisions),
    dueLanes: (claim, now, bounds) => of(claim).dueLanes(claim, now, bounds),
    heldDeliveries: (claim, feedId, lane, limit) => of(claim).heldDeliveries(claim, feedId, lane, limit),
  };
  return { store, of };
}

const { store, of } = manyPartitions();
describeDispatchStore('in memory', async () => ({
  store,
  redrive: async ({ claim, feedId, lane }) => of(claim).redrive(feedId, lane),
  skip: async ({ claim, feedId, lane }) => void of(claim).skip(feedId, lane),
}));
