export { anyEvent, anyValue, type SomeEvent } from './some-event.js';
