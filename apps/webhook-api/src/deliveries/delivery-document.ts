import { formatPosition, withoutNulls } from '#libs/kernel';
import type { DeliveryAttempt, LoggedDelivery } from '#libs/webhook-delivery/postgres';
import type { DeliveryDocument } from './delivery.schemas.js';

export const deliveryDocument = ({ attempts, ...delivery }: LoggedDelivery): DeliveryDocument =>
  withoutNulls({
    eventId: delivery.eventId,
    eventType: delivery.eventType,
    position: formatPosition(delivery),
    events: delivery.events,
    replayId: delivery.replayId,
    status: delivery.status,
    attempts: attempts.map(attemptDocument),
  }) as DeliveryDocument;

const attemptDocument = (attempt: DeliveryAttempt) => ({
  attempt: attempt.attempt,
  time: attempt.startedAt.toISOString(),
  durationMs: attempt.durationMs,
  statusCode: attempt.statusCode,
  error: attempt.outcome === 'cut-short' ? 'cut-short' : attempt.reason,
  answer: attempt.answer,
});
