export * from './decider-specification.js';
export * from './order-events.js';
export * from './stock-events.js';
export * from './subscription-events.js';
export * from './webhook-receiver.js';
