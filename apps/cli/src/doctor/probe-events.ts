import { EVENT_CONTRACTS, EventCodec, type EventToEncode } from '#libs/contracts';
import { newId } from '#libs/kernel';

/**
 * Encodes real events under private schema ids, because the doctor tests brokers and needs no registry. Nobody else reads
 * the probe's topic.
 */
export function probeCodec(): EventCodec {
  const ids = new Map(EVENT_CONTRACTS.map(({ subject }, index) => [subject, index + 1]));
  return new EventCodec({
    idOf: (subject) => ids.get(subject),
    schemaOf: () => Promise.resolve(undefined),
  });
}

export const probeEvent = (streamId: string, version: number): EventToEncode => ({
  type: 'order.confirmed',
  data: { orderId: streamId, reason: null },
  metadata: {
    eventId: newId(),
    streamId,
    version,
    occurredAt: new Date().toISOString(),
    correlationId: newId(),
    causationId: null,
    commandId: newId(),
    requestHash: null,
    tenant: 'doctor',
    actor: 'doctor',
    traceparent: null,
  },
});
