export { specify } from './decider-specification.js';
export { itForAll } from './for-all.js';
export { tagged } from './tagged.js';
export { deferred, until } from './waiting.fixture.js';
