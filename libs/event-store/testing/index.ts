export { describeEventLog } from './conformance/event-log.js';
export { someRequest } from './counter.fixture.js';
export { plainParts } from './engine.fixture.js';
export { InMemoryEventLog } from './in-memory-event-log.js';
