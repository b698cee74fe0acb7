import type { RecordSchema } from './avro-schema.js';

/** The contract of one event type with every reader of the log. */
export interface EventContract {
  /** `order.created`. */
  readonly eventType: string;
  readonly topic: string;
  /** Full name of the Avro record: `orderstream.orders.OrderCreated`. */
  readonly recordName: string;
  /** Where the schema registry keeps the record's schemas: `orders-orderstream.orders.OrderCreated`. */
  readonly subject: string;
  /** Self-contained: refers to no other schema. */
  readonly schema: RecordSchema;
}
