import type { EventContract } from '../event-contract.js';
import { eventDataSchema, type JsonSchema } from './event-data-schema.js';

export const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The names of what describes the events of one type. */
export const namesOf = ({ schema: { name } }: EventContract) => ({
  data: `${name}Data`,
  native: `${name}Event`,
  cloudEvent: `${name}CloudEvent`,
});

const text: JsonSchema = { type: 'string' };
const uuid: JsonSchema = { type: 'string', format: 'uuid' };
const time: JsonSchema = { type: 'string', format: 'date-time' };
const version: JsonSchema = {
  type: 'integer',
  format: 'int64',
  minimum: 1,
  description: 'Place in its stream, from 1.',
};
const anyData: JsonSchema = {
  type: 'object',
  additionalProperties: true,
  description: 'As in the delivery of a single event of that type.',
};

/** With everything that is not named as optional required. */
const object = (
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties).filter((name) => !optional.includes(name)),
});

const native = (
  eventType: JsonSchema,
  more: Readonly<Record<string, JsonSchema>>,
  optional?: readonly string[],
) => object({ eventId: uuid, eventType, occurredAt: time, version, ...more }, optional);

const cloudEvent = (type: JsonSchema, data: JsonSchema): JsonSchema =>
  object({
    specversion: { type: 'string', enum: ['1.0'] },
    id: { ...uuid, description: 'The event id.' },
    source: { ...text, description: '`/orderstream/<topic>`.' },
    type,
    subject: { ...text, description: 'The stream id.' },
    time,
    tenant: text,
    streamversion: version,
    orderstreamposition: {
      ...text,
      description: 'Where the event is in the log: `<topic>/<partition>@<offset>`.',
    },
    datacontenttype: { type: 'string', enum: ['application/json'] },
    data,
  });

/** What a thin event says instead of its data: the ids that it is about, and where to read the rest. */
const ids = {
  orderId: uuid,
  sku: text,
  subscriptionId: uuid,
  link: {
    type: 'string',
    format: 'uri-reference',
    description: 'Where to read the rest, with your API key. Absolute where HTTP_PUBLIC_URL is set.',
  },
} as const;
const NO_IDS_REQUIRED = Object.keys(ids);

/** Everything that bodies of deliveries are made of, by name. Open, as all that we send. */
export function deliverySchemas(contracts: readonly EventContract[]): Record<string, JsonSchema> {
  const ofTypes = contracts.flatMap((contract) => {
    const { data, native: nativeName, cloudEvent: cloudEventName } = namesOf(contract);
    const type = { type: 'string', enum: [contract.eventType] };
    return [
      [data, eventDataSchema(contract.schema)],
      [nativeName, native(type, { data: refTo(data) })],
      [cloudEventName, cloudEvent(type, refTo(data))],
    ] as const;
  });
  return {
    ...Object.fromEntries(ofTypes),
    // Batches hold events of many types, of which there may be more tomorrow: no list of alternatives would last.
    DeliveredEvent: native(text, { data: anyData }),
    DeliveredCloudEvent: cloudEvent(text, anyData),
    EventBatch: batchOf('DeliveredEvent'),
    ThinEvent: native(text, { streamId: text, ...ids }, NO_IDS_REQUIRED),
    ThinCloudEvent: cloudEvent(text, object(ids, NO_IDS_REQUIRED)),
    ThinEventBatch: batchOf('ThinEvent'),
  };
}

const batchOf = (name: string): JsonSchema =>
  object({
    events: { type: 'array', items: refTo(name), minItems: 1, description: 'In the order of the log.' },
  });
