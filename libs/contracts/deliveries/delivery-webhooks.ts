import type { EventContract } from '../event-contract.js';
import { TENANT_EVENT_CONTRACTS } from '../event-catalogue.js';
import { DELIVERY_HEADERS } from './delivery-headers.js';
import { deliverySchemas, namesOf, refTo } from './delivery-schemas.js';
import type { JsonSchema } from './event-data-schema.js';

const NATIVE = 'application/json';
const CLOUD_EVENT = 'application/cloudevents+json';
const CLOUD_EVENTS = 'application/cloudevents-batch+json';

/** Parts of an OpenAPI 3.1 document, enough to generate receivers. */
export interface DescribedDeliveries {
  readonly webhooks: Record<string, { readonly post: JsonSchema }>;
  readonly schemas: Record<string, JsonSchema>;
  readonly parameters: Record<string, JsonSchema>;
}

/** Describes the requests to subscribers: one webhook per event type, and one per body that all types share. */
export function describeDeliveries(
  contracts: readonly EventContract[] = TENANT_EVENT_CONTRACTS,
): DescribedDeliveries {
  const single = contracts.map((contract) => {
    const { native, cloudEvent } = namesOf(contract);
    const bodies = { [NATIVE]: refTo(native), [CLOUD_EVENT]: refTo(cloudEvent) };
    return [contract.eventType, delivery(contract.schema.name, contract.schema.doc ?? '', bodies)] as const;
  });
  return {
    webhooks: {
      ...Object.fromEntries(single),
      batch: delivery('EventBatch', 'Several events of one partition, for subscriptions with `batch`.', {
        [NATIVE]: refTo('EventBatch'),
        [CLOUD_EVENTS]: listOf('DeliveredCloudEvent'),
      }),
      thin: delivery('ThinEvent', 'An event of any type, for subscriptions with `payload: thin`.', {
        [NATIVE]: refTo('ThinEvent'),
        [CLOUD_EVENT]: refTo('ThinCloudEvent'),
      }),
      'thin-batch': delivery('ThinEventBatch', 'Several thin events of one partition.', {
        [NATIVE]: refTo('ThinEventBatch'),
        [CLOUD_EVENTS]: listOf('ThinCloudEvent'),
      }),
    },
    schemas: deliverySchemas(contracts),
    parameters: Object.fromEntries(
      Object.entries(DELIVERY_HEADERS).map(([name, { description, schema, optional }]) => [
        parameterName(name),
        { name, in: 'header', required: optional !== true, description, schema },
      ]),
    ),
  };
}

function delivery(
  name: string,
  summary: string,
  bodies: Readonly<Record<string, JsonSchema>>,
): { post: JsonSchema } {
  return {
    post: {
      operationId: `receive${name}`,
      tags: ['Deliveries'],
      summary,
      // Receivers authenticate by the signature, not by an API key.
      security: [],
      parameters: Object.keys(DELIVERY_HEADERS).map((header) => ({
        $ref: `#/components/parameters/${parameterName(header)}`,
      })),
      requestBody: {
        required: true,
        content: Object.fromEntries(Object.entries(bodies).map(([type, schema]) => [type, { schema }])),
      },
      responses: RECEIVER_ANSWERS,
    },
  };
}

const listOf = (name: string): JsonSchema => ({ type: 'array', items: refTo(name), minItems: 1 });

const RECEIVER_ANSWERS = {
  '2XX': { description: 'Delivered. The response body is ignored.' },
  '410': { description: 'The receiver wants no more events: the subscription is disabled.' },
  default: {
    description: 'The attempt failed, redirects included. It is retried; `Retry-After` may delay that.',
  },
};

/** `webhook-id` → `WebhookId`. */
const parameterName = (header: string): string =>
  header.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
