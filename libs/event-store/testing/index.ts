export { describeEventLog } from './conformance/event-log.js';
export { InMemoryEventLog } from './in-memory-event-log.js';
export { InMemoryStateStore } from './in-memory-state-store.js';
