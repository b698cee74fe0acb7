import { v5 } from 'uuid';
import type { AttemptRequest } from '#libs/dispatching';
import { formatPosition, type RecordedEvent } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';
import { type DeliveryBody, isBatch } from './delivery-body.js';
import { DeliverySigner } from './delivery-signature.js';
import { traceparentOf } from './trace-parent.js';

/** For the ids of batches. */
const BATCH_NAMESPACE = '5e7a4d0b-7c51-4a4e-9d0c-2f0b8a1f6c3d';

/** Names and values in turn, as undici takes them fastest. */
export type FlatHeaders = string[];

/** What stays the same over all attempts for a subscription. */
interface Prepared {
  readonly signer: DeliverySigner;
  /** The subscriber's own headers. */
  readonly extra: FlatHeaders;
}

const prepared = new WeakMap<Subscription, Prepared>();

/**
 * The headers of a delivery (api: "Delivery"), the signature over the body among them.
 * @param now milliseconds since 1970.
 */
export function deliveryHeaders(request: AttemptRequest, body: DeliveryBody, now: number): FlatHeaders {
  const { subscription, events, previousEventId, replayId, attempt } = request;
  const { signer, extra } = preparedFor(subscription);
  const [first] = events;
  const last = events.at(-1) ?? first;
  const batch = isBatch(request);
  const webhookId = batch ? batchId(first, last) : first.metadata.eventId;
  const headers = [
    'content-type',
    body.contentType,
    'user-agent',
    'Orderstream/1',
    'webhook-id',
    webhookId,
    'webhook-timestamp',
    String(Math.floor(now / 1_000)),
    'webhook-signature',
    signer.sign(webhookId, now, body.bytes),
    'x-event-type',
    batch ? 'batch' : first.type,
    // Of a batch, the last: as far as the subscriber has come once it has answered.
    'orderstream-position',
    formatPosition(last.position),
    'orderstream-attempt',
    String(attempt),
    'traceparent',
    traceparentOf(first.metadata),
  ];
  if (previousEventId !== null) headers.push('orderstream-previous', previousEventId);
  if (replayId !== null) headers.push('orderstream-replay', replayId);
  if (extra.length > 0) headers.push(...extra);
  return headers;
}

/** The same for the same events, so that a repeated batch can be told. */
const batchId = (first: RecordedEvent, last: RecordedEvent): string =>
  v5(`${formatPosition(first.position)} ${formatPosition(last.position)}`, BATCH_NAMESPACE);

function preparedFor(subscription: Subscription): Prepared {
  const known = prepared.get(subscription);
  if (known) return known;
  const made = { signer: new DeliverySigner(subscription.secrets), extra: extraHeaders(subscription) };
  prepared.set(subscription, made);
  return made;
}

const OURS =
  /^(?:webhook-.*|orderstream-.*|x-event-type|traceparent|content-.*|user-agent|host|connection|keep-alive|proxy-.*|transfer-encoding|te|trailer|upgrade|expect)$/i;

/** But for those that we send, or that say how a request is to be read: no subscriber can put its own in their place. */
const extraHeaders = ({ headers }: Subscription): FlatHeaders =>
  Object.entries(headers)
    .filter(([name]) => !OURS.test(name))
    .flat();
