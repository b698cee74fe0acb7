import { cloudEvent, publicData } from '#libs/contracts';
import type { AttemptRequest } from '../core/ports.js';
import type { RecordedEvent } from '#libs/kernel';
import type { Subscription } from '#libs/webhooks';
import { eventLink } from './event-link.js';

export interface DeliveryBody {
  readonly contentType: string;
  readonly bytes: Buffer;
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

/** Returns whether the body is a batch: for subscribers in batch mode, even with a single event. */
export const isBatch = ({ subscription, events }: AttemptRequest): boolean =>
  subscription.batch !== null || events.length > 1;

type Documents = Readonly<Record<Kind, (event: RecordedEvent) => object>>;

/** Renders events in the format and payload that the subscription chose. */
export class DeliveryBodies {
  readonly #documents: Documents;
  readonly #rendered: Readonly<Record<Kind, WeakMap<RecordedEvent, Buffer>>> = {
    'native-full': new WeakMap(),
    'native-thin': new WeakMap(),
    'cloudevents-full': new WeakMap(),
    'cloudevents-thin': new WeakMap(),
  };

  /** @param publicUrl base URL of the API for subscribers; without it, links are relative */
  constructor(publicUrl: string | undefined) {
    this.#documents = documents(publicUrl);
  }

  /** Renders each event once per kind of body, however many subscriptions, batches and attempts use it. */
  of(request: AttemptRequest): DeliveryBody {
    const { subscription, events } = request;
    const { format } = subscription;
    const [single, batch] = CONTENT_TYPES[format];
    if (!isBatch(request)) return { contentType: single, bytes: this.#event(subscription, events[0]) };
    const [head, tail] = BATCH_FRAMES[format];
    const parts: Buffer[] = [head];
    for (const event of events) {
      if (parts.length > 1) parts.push(COMMA);
      parts.push(this.#event(subscription, event));
    }
    return { contentType: batch, bytes: Buffer.concat([...parts, tail]) };
  }

  #event({ format, payload }: Subscription, event: RecordedEvent): Buffer {
    const kind: Kind = `${format}-${payload}`;
    const known = this.#rendered[kind].get(event);
    if (known) return known;
    const bytes = Buffer.from(JSON.stringify(this.#documents[kind](event)));
    this.#rendered[kind].set(event, bytes);
    return bytes;
  }
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
