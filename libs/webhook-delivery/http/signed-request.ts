import { createHash, createHmac, createSecretKey, type KeyObject, randomFillSync } from 'node:crypto';
import { v5 } from 'uuid';
import {
  type AnyAggregateDefinition,
  type EventMetadata,
  formatPosition,
  formatTraceparent,
  parseTraceparent,
  type RecordedEvent,
} from '#libs/kernel';
import { SECRET_PREFIX, type SigningSecret, type Subscription } from '#libs/webhooks';
import { cloudEvent, publicData } from '#libs/contracts';
import { AGGREGATES } from '#libs/aggregates';
import { isBatch } from '../core/exchange/exchange.js';
import type { AttemptRequest } from '../core/ports.js';

export interface DeliveryBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

/** What a body depends on. */
export interface RenderedRequest extends Pick<AttemptRequest, 'events'> {
  readonly subscription: Pick<Subscription, 'format' | 'payload' | 'batch'>;
}

type Kind = `${Subscription['format']}-${Subscription['payload']}`;

/** Content types of a single event and of a batch. */
const CONTENT_TYPES = {
  native: ['application/json', 'application/json'],
  cloudevents: ['application/cloudevents+json', 'application/cloudevents-batch+json'],
} as const;

/** The bytes before and after the events of a batch. */
const BATCH_FRAMES = {
  native: [Buffer.from('{"events":['), Buffer.from(']}')],
  cloudevents: [Buffer.from('['), Buffer.from(']')],
} as const;

const COMMA = Buffer.from(',');

type Documents = Readonly<Record<Kind, (event: RecordedEvent) => object>>;

/** Opens what is sealed in a body. Rejects while the keys cannot be read. */
export type OpenBody = (json: string, tenant: string) => string | Promise<string>;

const asItIs: OpenBody = (json) => json;

interface DeliveryBodiesOptions {
  /** Base URL of the API for subscribers; without it, links are relative. */
  readonly publicUrl: string | undefined;
  readonly open?: OpenBody | undefined;
}

/** Renders events in the format and payload that the subscription chose. */
export class DeliveryBodies {
  readonly #documents: Documents;
  readonly #open: OpenBody;
  #rendered = noneRendered();

  constructor({ publicUrl, open = asItIs }: DeliveryBodiesOptions) {
    this.#documents = documents(publicUrl);
    this.#open = open;
  }

  /**
   * Renders each event once per kind of body, however many subscriptions, batches and attempts use it. Immediate unless a key
   * has to be looked up.
   */
  of({ subscription, events }: RenderedRequest): DeliveryBody | Promise<DeliveryBody> {
    const parts = events.map((event) => this.#event(subscription, event));
    const waiting = parts.some((part) => part instanceof Promise);
    if (!waiting) return framed({ subscription, events }, parts as Buffer[]);
    return Promise.all(parts.map(async (part) => part)).then((bytes) =>
      framed({ subscription, events }, bytes),
    );
  }

  /** Personal data in bodies that were rendered before must not be sent any more. */
  forget(): void {
    this.#rendered = noneRendered();
  }

  #event(
    { format, payload }: RenderedRequest['subscription'],
    event: RecordedEvent,
  ): Buffer | Promise<Buffer> {
    const kind: Kind = `${format}-${payload}`;
    const rendered = this.#rendered[kind];
    const known = rendered.get(event);
    if (known) return known;
    const keep = (text: string): Buffer => {
      const bytes = Buffer.from(text);
      rendered.set(event, bytes);
      return bytes;
    };
    const text = this.#open(JSON.stringify(this.#documents[kind](event)), event.metadata.tenant);
    return typeof text === 'string' ? keep(text) : text.then(keep);
  }
}

const noneRendered = (): Readonly<Record<Kind, WeakMap<RecordedEvent, Buffer>>> => ({
  'native-full': new WeakMap(),
  'native-thin': new WeakMap(),
  'cloudevents-full': new WeakMap(),
  'cloudevents-thin': new WeakMap(),
});

function framed(request: RenderedRequest, events: readonly Buffer[]): DeliveryBody {
  const { format } = request.subscription;
  const [single, batch] = CONTENT_TYPES[format];
  const [first] = events;
  if (!isBatch(request)) return { contentType: single, bytes: first as Buffer };
  const [head, tail] = BATCH_FRAMES[format];
  const parts: Buffer[] = [head];
  for (const event of events) {
    if (parts.length > 1) parts.push(COMMA);
    parts.push(event);
  }
  return { contentType: batch, bytes: Buffer.concat([...parts, tail]) };
}

const documents = (publicUrl: string | undefined): Documents => ({
  'native-full': (event) => ({
    eventId: event.metadata.eventId,
    eventType: event.type,
    occurredAt: event.metadata.occurredAt,
    version: event.metadata.version,
    data: publicData(event),
  }),
  'native-thin': (event) => ({
    eventId: event.metadata.eventId,
    eventType: event.type,
    occurredAt: event.metadata.occurredAt,
    version: event.metadata.version,
    streamId: event.metadata.streamId,
    ...eventLink(event, publicUrl),
  }),
  'cloudevents-full': (event) => cloudEvent(event, publicData(event)),
  'cloudevents-thin': (event) => cloudEvent(event, eventLink(event, publicUrl)),
});

export const USER_AGENT = 'Orderstream/1';

const BATCH_NAMESPACE = '5e7a4d0b-7c51-4a4e-9d0c-2f0b8a1f6c3d';

/** Alternating names and values, the form that undici processes fastest. */
type FlatHeaders = string[];

/** The parts that all attempts of a subscription share. */
interface Prepared {
  readonly signer: DeliverySigner;
  /** The subscriber's own headers. */
  readonly extra: FlatHeaders;
  readonly target: { readonly origin: string; readonly path: string };
}

const prepared = new WeakMap<Subscription, Prepared>();

/**
 * Returns the headers of a delivery, including the signature of the body.
 * @param now milliseconds since 1970
 */
export function deliveryHeaders(request: AttemptRequest, body: DeliveryBody, now: number): FlatHeaders {
  const { subscription, events, previousEventId, replayId, attempt, watermark } = request;
  const { signer, extra } = preparedFor(subscription);
  const [first] = events;
  const last = events.at(-1) ?? first;
  const batch = isBatch(request);
  const webhookId = batch ? batchId(first, last) : first.metadata.eventId;
  const headers = [
    'content-type',
    body.contentType,
    'user-agent',
    USER_AGENT,
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
    request.traceparent ?? traceparentOf(first.metadata),
  ];
  // Offsets start at 0, so nothing is finished at a watermark of 0.
  if (watermark > 0)
    headers.push('orderstream-watermark', formatPosition({ ...first.position, offset: watermark - 1 }));
  if (previousEventId !== null) headers.push('orderstream-previous', previousEventId);
  if (replayId !== null) headers.push('orderstream-replay', replayId);
  if (extra.length > 0) headers.push(...extra);
  return headers;
}

export const targetOf = (subscription: Subscription): Prepared['target'] => preparedFor(subscription).target;

/** Equal for equal events, so that subscribers recognise a repeated batch. */
export const batchId = (first: RecordedEvent, last: RecordedEvent): string =>
  v5(`${formatPosition(first.position)} ${formatPosition(last.position)}`, BATCH_NAMESPACE);

function preparedFor(subscription: Subscription): Prepared {
  const known = prepared.get(subscription);
  if (known) return known;
  const { origin, pathname, search } = new URL(subscription.callbackUrl);
  const signer = new DeliverySigner(subscription.secrets);
  const made = { signer, extra: extraHeaders(subscription), target: { origin, path: pathname + search } };
  prepared.set(subscription, made);
  return made;
}

const OURS =
  /^(?:webhook-.*|orderstream-.*|x-event-type|traceparent|content-.*|user-agent|host|connection|keep-alive|proxy-.*|transfer-encoding|te|trailer|upgrade|expect)$/i;

/** Drops headers that we send or that control how the request is parsed, so that a subscriber cannot replace them. */
const extraHeaders = ({ headers }: Subscription): FlatHeaders =>
  Object.entries(headers)
    .filter(([name]) => isSentExtra(name))
    .flat();

export const isSentExtra = (name: string): boolean => !OURS.test(name);

interface SigningKey {
  readonly key: KeyObject;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/**
 * Signs deliveries as Standard Webhooks specifies. The package of that name hashes in JavaScript and takes six times as
 * long for 1 KB, which every attempt would wait for, so only the tests use it, to verify.
 */
export class DeliverySigner {
  readonly #keys: readonly SigningKey[];

  constructor(secrets: readonly SigningSecret[]) {
    this.#keys = secrets.map(({ secret, expiresAt }) => ({
      key: createSecretKey(secret.slice(SECRET_PREFIX.length), 'base64'),
      expiresAt: expiresAt === null ? Infinity : Date.parse(expiresAt),
    }));
  }

  /** Returns one `v1,…` signature per secret that is valid at this time. */
  sign(webhookId: string, now: number, body: Buffer): string {
    const head = `${webhookId}.${Math.floor(now / 1_000)}.`;
    let signatures = '';
    for (const { key, expiresAt } of this.#keys) {
      if (expiresAt <= now) continue;
      const signature = createHmac('sha256', key).update(head).update(body).digest('base64');
      signatures += signatures === '' ? `v1,${signature}` : ` v1,${signature}`;
    }
    return signatures;
  }
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;

/** Continues the trace of the request that caused the event, with a new span per attempt. */
export function traceparentOf({ traceparent, correlationId }: EventMetadata, span = newSpanId()): string {
  const { traceId = traceIdFrom(correlationId), isSampled = true } = parseTraceparent(traceparent) ?? {};
  return formatTraceparent({ traceId, spanId: span, isSampled });
}

/** Keeps a correlation id that is a UUID or a trace id recognisable in the trace. */
function traceIdFrom(correlationId: string): string {
  const hex = correlationId.replaceAll('-', '').toLowerCase();
  return TRACE_ID.test(hex) ? hex : createHash('sha256').update(correlationId).digest('hex').slice(0, 32);
}

const SPAN_ID_BYTES = 8;
/** Random bytes are cheap in bulk and expensive one id at a time. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

function newSpanId(): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += SPAN_ID_BYTES;
  return pool.toString('hex', used - SPAN_ID_BYTES, used);
}

const BY_TOPIC = new Map<string, AnyAggregateDefinition>(
  AGGREGATES.map((aggregate) => [aggregate.topic, aggregate]),
);

/**
 * Returns the ids and the `link` that a thin event carries instead of its data.
 * @param publicUrl base URL of the API; without it, the link is relative
 */
function eventLink({ position, data }: RecordedEvent, publicUrl: string | undefined): Record<string, string> {
  const aggregate = BY_TOPIC.get(position.topic);
  if (!aggregate) return {};
  const { subject, relatedIds = [], link } = aggregate;
  const fields = data as Readonly<Record<string, unknown>>;
  const shown: Record<string, string> = {};
  for (const name of [subject, ...relatedIds]) {
    const id = fields[name];
    if (typeof id === 'string') shown[name] = id;
  }
  const id = shown[subject];
  if (id === undefined) return shown;
  const base = publicUrl?.replace(/\/+$/, '') ?? '';
  return { ...shown, link: base + link(encodeURIComponent(id)) };
}
