import { createHash, randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import type { AttemptRequest } from '#libs/dispatching';
import { type EventMetadata, formatPosition } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';

/** Decoding the secret of each subscription once, not once per attempt. */
const signers = new WeakMap<Subscription, readonly Webhook[]>();

/** The headers of a native delivery (api: "Delivery"), the signature over `body` among them. */
export function deliveryHeaders(request: AttemptRequest, body: string, now: Date): Record<string, string> {
  const { subscription, event, previousEventId, attempt } = request;
  const { eventId } = event.metadata;
  return {
    'content-type': 'application/json',
    'user-agent': 'Orderstream/1',
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': signersOf(subscription)
      .map((signer) => signer.sign(eventId, now, body))
      .join(' '),
    'x-event-type': event.type,
    'orderstream-position': formatPosition(event.position),
    ...(previousEventId !== null && { 'orderstream-previous': previousEventId }),
    'orderstream-attempt': String(attempt),
    traceparent: traceparentOf(event.metadata),
  };
}

function signersOf(subscription: Subscription): readonly Webhook[] {
  const known = signers.get(subscription);
  if (known) return known;
  const made = subscription.secrets.map((secret) => new Webhook(secret));
  signers.set(subscription, made);
  return made;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-([0-9a-f]{2})$/;
const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/** The trace of the request that led to the event goes on; each attempt is a span of its own. */
export function traceparentOf({ traceparent, correlationId }: EventMetadata): string {
  const [, traceId = traceIdFrom(correlationId), flags = '01'] = TRACEPARENT.exec(traceparent ?? '') ?? [];
  return `00-${traceId}-${randomBytes(8).toString('hex')}-${flags}`;
}

/** A correlation id that is a UUID or a trace id can be recognised in the trace. */
function traceIdFrom(correlationId: string): string {
  const hex = correlationId.replaceAll('-', '').toLowerCase();
  return TRACE_ID.test(hex) ? hex : createHash('sha256').update(correlationId).digest('hex').slice(0, 32);
}
