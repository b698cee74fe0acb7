import { POSITION_PATTERN } from '#libs/kernel';
import type { JsonSchema } from './event-data-schema.js';

interface DescribedHeader {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly optional?: true;
}

const uuid = { type: 'string', format: 'uuid', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' };

/** The headers of a delivery, for the API description. `webhook-dispatcher` adds no others. */
export const DELIVERY_HEADERS: Readonly<Record<string, DescribedHeader>> = {
  'webhook-id': {
    description:
      'The event id; for a batch, an id derived from its first and last event. Every repeat has the same one.',
    schema: uuid,
  },
  'webhook-timestamp': {
    description: 'Time of the attempt, in seconds since 1970.',
    schema: { type: 'integer', format: 'int64' },
  },
  'webhook-signature': {
    description: 'One signature for each valid secret, as in Standard Webhooks.',
    schema: { type: 'string', pattern: '^v1,[A-Za-z0-9+/]+=*( v1,[A-Za-z0-9+/]+=*)*$' },
  },
  'x-event-type': {
    description: 'The event type, or `batch`.',
    schema: { type: 'string', pattern: '^(batch|[a-z-]+\\.[a-z-]+)$' },
  },
  'orderstream-position': {
    description: 'Position of the event in the log; for a batch, of its last event.',
    schema: { type: 'string', pattern: POSITION_PATTERN },
  },
  'orderstream-previous': {
    description: 'The `webhook-id` of your previous event in the same partition. Absent on the first.',
    schema: uuid,
    optional: true,
  },
  'orderstream-watermark': {
    description:
      'Everything owed to you in this partition at or before this position is finished: delivered, skipped or parked. Absent ' +
      'while nothing is.',
    schema: { type: 'string', pattern: POSITION_PATTERN },
    optional: true,
  },
  'orderstream-attempt': {
    description: 'Number of this attempt, from 1.',
    schema: { type: 'integer', format: 'int32', minimum: 1 },
  },
  'orderstream-replay': {
    description: 'Id of the replay, on replays only. Deduplicate by this and the event id.',
    schema: uuid,
    optional: true,
  },
  traceparent: {
    description: 'W3C trace context of this attempt, in the trace of the request that caused the event.',
    schema: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
  },
};
