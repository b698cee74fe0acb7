import type { z } from 'zod';
import type { eventDocumentSchema } from '#libs/contracts';
import { formatPosition, type RecordedEvent, withoutNulls } from '#libs/kernel';

export type EventDocument = z.output<typeof eventDocumentSchema>;

/** An event as clients see it. */
export function eventDocument({ type, data, metadata, position }: RecordedEvent): EventDocument {
  const { eventId, version, occurredAt } = metadata;
  return {
    eventId,
    eventType: type,
    version,
    occurredAt,
    position: formatPosition(position),
    data: withoutNulls(data as Record<string, unknown>),
    metadata: withoutNulls({ ...metadata }),
  };
}
