export * from './decider-specification.js';
export * from './order-events.js';
