import type { EventContract } from '../event-contract.js';
import { EVENT_CONTRACTS } from '../generated/catalogue.js';
import { DELIVERY_HEADERS } from './delivery-headers.js';
import { deliverySchemas, namesOf, refTo } from './delivery-schemas.js';
import type { JsonSchema } from './event-data-schema.js';

const NATIVE = 'application/json';
const CLOUD_EVENT = 'application/cloudevents+json';
const CLOUD_EVENTS = 'application/cloudevents-batch+json';

/** The parts of an OpenAPI 3.1 document from which receivers can be generated. */
export interface DescribedDeliveries {
  readonly webhooks: Record<string, { readonly post: JsonSchema }>;
  readonly schemas: Record<string, JsonSchema>;
  readonly parameters: Record<string, JsonSchema>;
}

/**
 * What is posted to subscribers: a webhook for each event type, and one for each body that is the same for all of them.
 */
export function describeDeliveries(
  contracts: readonly EventContract[] = EVENT_CONTRACTS,
): DescribedDeliveries {
  const single = contracts.map((contract) => {
    const { native, cloudEvent } = namesOf(contract);
    const bodies = { [NATIVE]: refTo(native), [CLOUD_EVENT]: refTo(cloudEvent) };
    return [contract.eventType, delivery(contract.schema.name, contract.schema.doc ?? '', bodies)] as const;
  });
  return {
    webhooks: {
      ...Object.fromEntries(single),
      batch: delivery('EventBatch', 'Several events of one partition, to a subscription with `batch`.', {
        [NATIVE]: refTo('EventBatch'),
        [CLOUD_EVENTS]: listOf('DeliveredCloudEvent'),
      }),
      thin: delivery('ThinEvent', 'An event of any type, to a subscription with `payload: thin`.', {
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
      // You know us by the signature, not by an API key.
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
  '2XX': { description: 'You have it. What you answer with is not looked at.' },
  '410': { description: 'You want no more of them: the subscription is disabled.' },
  default: {
    description: 'It failed, redirects included: it is tried again, later if `Retry-After` says so.',
  },
};

/** `webhook-id` → `WebhookId`. */
const parameterName = (header: string): string =>
  header.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase());
