export * from './attempt-slots.js';
export * from './cursor.js';
export * from './observer.js';
export * from './partition-dispatcher.js';
export * from './ports.js';
export { parseRetryAfter, type Random } from './retry-plan.js';
export { StopSignal } from './stop-signal.js';
