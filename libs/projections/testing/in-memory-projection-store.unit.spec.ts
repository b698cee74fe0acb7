import { describeProjectionStore } from './conformance/projection-store.js';
import { InMemoryProjectionStore } from './in-memory-projection-store.fixture.js';

describeProjectionStore('in memory', async () => {
  const store = new InMemoryProjectionStore<string>();
  return {
    store,
    build: { projection: 'test', build: 1 },
    note: async (transaction, row) => void transaction.push(row),
    notes: async () => store.rows.toSorted(),
  };
});
