export * from './decider-specification.js';
export * from './hostile-receivers/hostile-kind.js';
export * from './order-events.js';
export * from './stock-events.js';
export * from './subscription-events.js';
export * from './webhook-receiver.js';
export { HOSTILE_KINDS } from './hostile-receivers/hostile-kinds.js';
export { RawReceiver } from './hostile-receivers/raw-receiver.js';
