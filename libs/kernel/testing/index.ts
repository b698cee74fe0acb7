export { specify } from './decider-specification.js';
export { itForAll } from './for-all.js';
export { tagged, type ValueOf } from './tagged.js';
export { deferred, until } from './waiting.fixture.js';
