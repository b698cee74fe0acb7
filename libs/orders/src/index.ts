export * from './order.js';
export * from './order-commands.js';
export * from './order-decider.js';
export * from './order-document.js';
export * from './order-events.js';
