export * from './dispatch-store.js';
export { ClaimedPartition, cursorAt, heldAt, laneOf } from './store-under-test.js';
