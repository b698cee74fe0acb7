export * from './clock.js';
export * from './decider.js';
export * from './event.js';
export * from './ids.js';
export * from './json.js';
export * from './position.js';
export * from './result.js';
export * from './stream.js';
