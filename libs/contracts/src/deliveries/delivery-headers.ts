import { POSITION_PATTERN } from '#libs/kernel';
import type { JsonSchema } from './event-data-schema.js';

interface DescribedHeader {
  readonly description: string;
  readonly schema: JsonSchema;
  /** Not on every delivery. */
  readonly optional?: true;
}

const uuid = { type: 'string', format: 'uuid', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' };

/** The headers of deliveries, for the API's description: `webhook-dispatcher` sends these and no others of ours. */
export const DELIVERY_HEADERS: Readonly<Record<string, DescribedHeader>> = {
  'webhook-id': {
    description:
      'The event id, or one made from the first and the last event of a batch. The same on every repeat.',
    schema: uuid,
  },
  'webhook-timestamp': {
    description: 'Seconds since 1970, when the attempt was made.',
    schema: { type: 'integer', format: 'int64' },
  },
  'webhook-signature': {
    description: 'Standard Webhooks: one signature for each secret that is valid.',
    schema: { type: 'string', pattern: '^v1,[A-Za-z0-9+/]+=*( v1,[A-Za-z0-9+/]+=*)*$' },
  },
  'x-event-type': {
    description: 'The event type, or `batch`.',
    schema: { type: 'string', pattern: '^(batch|[a-z-]+\\.[a-z-]+)$' },
  },
  'orderstream-position': {
    description: 'Where the event is in the log; of a batch, the last one.',
    schema: { type: 'string', pattern: POSITION_PATTERN },
  },
  'orderstream-previous': {
    description:
      'The `webhook-id` owed to you just before this one in the same partition. Absent on the first.',
    schema: uuid,
    optional: true,
  },
  'orderstream-attempt': {
    description: 'From 1.',
    schema: { type: 'integer', format: 'int32', minimum: 1 },
  },
  'orderstream-replay': {
    description: 'Only on a replay: its id. Deduplicate by it and the event id.',
    schema: uuid,
    optional: true,
  },
  traceparent: {
    description: 'W3C trace context of the request that led to the event.',
    schema: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
  },
};
