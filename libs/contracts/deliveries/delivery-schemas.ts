import type { EventContract } from '../event-contract.js';
import { eventDataSchema, type JsonSchema } from './event-data-schema.js';

export const refTo = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` });

/** The names of the schemas for one event type. */
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
  description: 'Position in its stream, from 1.',
};
const anyData: JsonSchema = {
  type: 'object',
  additionalProperties: true,
  description: 'The same as in the delivery of a single event of that type.',
};

/** All properties are required, except those named as optional. */
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
      description: 'Position in the log: `<topic>/<partition>@<offset>`.',
    },
    datacontenttype: { type: 'string', enum: ['application/json'] },
    data,
  });

/** A thin event carries these ids and a link in place of its data. */
const ids = {
  orderId: uuid,
  sku: text,
  subscriptionId: uuid,
  link: {
    type: 'string',
    format: 'uri-reference',
    description: 'Where to read the full data with your API key. Absolute if the setting PUBLIC_URL is set.',
  },
} as const;
const NO_IDS_REQUIRED = Object.keys(ids);

/** The schemas of all delivery bodies, by name. They allow unknown fields. */
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
    // A batch may hold any event type, and new ones appear: a list of alternatives would go out of date.
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
    events: { type: 'array', items: refTo(name), minItems: 1, description: 'Events in log order.' },
  });
