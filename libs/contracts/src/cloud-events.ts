import type { EventMetadata } from '#libs/kernel';

/**
 * The headers of an event's record: CloudEvents 1.0, Kafka protocol binding, binary mode. Routers filter by
 * them without decoding the value; nothing of ours reads them back, as the value says the same.
 */
export function cloudEventHeaders(
  topic: string,
  type: string,
  { eventId, streamId, occurredAt, tenant, version }: EventMetadata,
): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: eventId,
    ce_source: `/orderstream/${topic}`,
    ce_type: type,
    ce_subject: streamId,
    ce_time: occurredAt,
    // Extension attributes: the standard allows them lower-case letters and digits only.
    ce_tenant: tenant,
    ce_streamversion: String(version),
    'content-type': 'application/avro',
  };
}
