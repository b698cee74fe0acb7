import { describeStateStore } from './conformance/state-store.js';
import { InMemoryStateStore } from './in-memory-state-store.js';

describeStateStore('in memory', async () => {
  const store = new InMemoryStateStore();
  return { store, loseCheckpoints: async () => store.clear() };
});
