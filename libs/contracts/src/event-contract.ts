import type { RecordSchema } from './avro-schema.js';

/** What is agreed about one event type with all who read the log. */
export interface EventContract {
  /** `order.created`. */
  readonly eventType: string;
  readonly topic: string;
  /** Full name of the Avro record: `orderstream.orders.OrderCreated`. */
  readonly recordName: string;
  /** Where the schema registry keeps the record's schemas: `orders-orderstream.orders.OrderCreated`. */
  readonly subject: string;
  /** Self-contained: needs no other schema to be understood. */
  readonly schema: RecordSchema;
}
