export * from './consumer/log-batch.context.js';
export * from './consumer/log-consumer.server.js';
export * from './consumer/pass-through.filter.js';
export * from './kafka.module.js';
export * from './kafka-event-log.js';
export * from './protocol/kafka-protocol.js';
export * from './registry/registered-schemas.js';
export * from './topics.js';
