import { z } from 'zod';
import { publicData } from '../event-catalogue.js';
import { formatPosition, type RecordedEvent, withoutNulls } from '#libs/kernel';
import { timestampSchema } from './answer.schemas.js';

/** A recorded event in the responses of queries. */
export const eventDocumentSchema = z
  .object({
    eventId: z.uuid(),
    eventType: z.string(),
    version: z.int().min(1),
    occurredAt: timestampSchema,
    position: z.string().describe('Position in the log: `<topic>/<partition>@<offset>`.'),
    data: z.record(z.string(), z.unknown()),
    metadata: z.record(z.string(), z.unknown()).describe('Who caused the event, why, and in which request.'),
  })
  .meta({ id: 'Event' });

export type EventDocument = z.output<typeof eventDocumentSchema>;

/** An event as clients see it. */
export function eventDocument(event: RecordedEvent): EventDocument {
  const { type, metadata, position } = event;
  const { eventId, version, occurredAt } = metadata;
  return {
    eventId,
    eventType: type,
    version,
    occurredAt,
    position: formatPosition(position),
    data: publicData(event),
    metadata: withoutNulls({ ...metadata }),
  };
}
