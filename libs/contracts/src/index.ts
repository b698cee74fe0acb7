export type {
  ArraySchema,
  AvroSchema,
  EnumSchema,
  FieldSchema,
  LeafSchema,
  MapSchema,
  RecordSchema,
} from './avro-schema.js';
export {
  type CloudEvent,
  cloudEvent,
  isForeign,
  type RecordMarks,
  SOURCE_HEADER,
  TYPE_HEADER,
} from './cloud-events.js';
export * from './codec-errors.js';
export { DELIVERY_HEADERS } from './deliveries/delivery-headers.js';
export { describeDeliveries } from './deliveries/delivery-webhooks.js';
export * from './event-catalogue.js';
export * from './event-codec.js';
export type { EventContract } from './event-contract.js';
export { EVENT_CONTRACTS, type EventType } from './generated/catalogue.js';
export * from './public-data.js';
export { sizedBatch } from './sized-event.js';
export type { Upcaster, Upcasters } from './upcasters.js';
export * from './http/currency.schema.js';
export * from './http/email.schema.js';
export * from './http/order.schema.js';
export * from './http/stock.schema.js';
export * from './http/text.schema.js';
