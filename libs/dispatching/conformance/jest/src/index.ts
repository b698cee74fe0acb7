export * from './dispatch-store.js';
export { ClaimedPartition, cursorAt, parkedAt, laneOf } from './store-under-test.js';
