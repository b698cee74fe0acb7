import { v5 } from 'uuid';
import type { AttemptRequest } from '../core/ports.js';
import { formatPosition, type RecordedEvent } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';
import { type DeliveryBody, isBatch } from './delivery-body.js';
import { DeliverySigner } from './delivery-signature.js';
import { traceparentOf } from './trace-parent.js';

/** UUID namespace of batch ids. */
const BATCH_NAMESPACE = '5e7a4d0b-7c51-4a4e-9d0c-2f0b8a1f6c3d';

/** Alternating names and values, the form that undici processes fastest. */
export type FlatHeaders = string[];

/** The parts that all attempts of a subscription share. */
interface Prepared {
  readonly signer: DeliverySigner;
  /** The subscriber's own headers. */
  readonly extra: FlatHeaders;
}

const prepared = new WeakMap<Subscription, Prepared>();

/**
 * Returns the headers of a delivery, including the signature of the body.
 * @param now milliseconds since 1970
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
    // The last position of a batch is where the subscriber stands once it has answered.
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

/** Equal for equal events, so that subscribers recognise a repeated batch. */
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

/** Drops headers that we send or that control how the request is parsed, so that a subscriber cannot replace them. */
const extraHeaders = ({ headers }: Subscription): FlatHeaders =>
  Object.entries(headers)
    .filter(([name]) => !OURS.test(name))
    .flat();
