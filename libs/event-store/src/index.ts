export * from './aggregate.js';
export * from './command.js';
export * from './command-engine.js';
export * from './event-log.js';
export * from './in-memory-event-log.js';
export * from './writer-settings.js';
