export { LogOfEvents } from './log-of-events.js';
export { anyEvent, anyValue, type SomeEvent } from './some-event.js';
