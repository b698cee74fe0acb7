import { TENANT_EVENT_CONTRACTS } from '../event-catalogue.js';
import { eventDataSchema, type JsonSchema } from './event-data-schema.js';
import { exampleDelivery } from './event-examples.js';

/** An event type as subscribers see it. */
export interface DescribedEventType {
  readonly eventType: string;
  readonly topic: string;
  readonly description: string;
  /** JSON Schema of `data`. */
  readonly dataSchema: JsonSchema;
  /** A native delivery. */
  readonly example: Readonly<Record<string, unknown>>;
}

/** Every event type that tenants may subscribe to, sorted. */
export const describeEventTypes = (): DescribedEventType[] =>
  TENANT_EVENT_CONTRACTS.map((contract) => ({
    eventType: contract.eventType,
    topic: contract.topic,
    description: contract.schema.doc ?? '',
    dataSchema: eventDataSchema(contract.schema),
    example: exampleDelivery(contract),
  })).toSorted((a, b) => (a.eventType < b.eventType ? -1 : 1));
