import type { z } from 'zod';
import type { eventDocumentSchema } from './order.schema.js';
import { publicData } from '../public-data.js';
import { formatPosition, type RecordedEvent, withoutNulls } from '#libs/kernel';

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
