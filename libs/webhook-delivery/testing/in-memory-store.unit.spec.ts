import { describeDispatchStore } from './conformance/dispatch-store.js';
import { ManyPartitions } from './many-partitions.fixture.js';

const store = new ManyPartitions(() => Date.now());
describeDispatchStore('in memory', async () => ({
  store,
  redrive: async ({ claim, feedId, lane }) => store.of(claim).redrive(feedId, lane),
  skip: async ({ claim, feedId, lane }) => void store.of(claim).skip(feedId, lane),
}));
