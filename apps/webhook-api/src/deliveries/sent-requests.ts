import { Inject, Injectable } from '@nestjs/common';
import { KafkaEventLog } from '#libs/kafka';
import type { RecordedEvent } from '#libs/kernel';
import { PersonalData } from '#libs/personal-data/sealing';
import { SETTINGS, type Settings } from '#libs/platform';
import type { BodyForm } from '#libs/webhook-delivery/core';
import {
  DeliveryBodies,
  type DeliveryBody,
  type ShownHeader,
  shownHeaders,
} from '#libs/webhook-delivery/http';
import type { DetailedAttempt, DetailedDelivery } from '#libs/webhook-delivery/postgres';
import { orLogUnavailable } from '../subscriptions/event-positions.js';
import type { OmittedBody, SentRequest } from './sent-request.js';

type Events = readonly [RecordedEvent, ...RecordedEvent[]];

const nothingKnown = (): undefined => undefined;

/** Bytes of a body that is shown. */
const MOST_BODY_BYTES = 262_144;
/** Bytes of the log per read. */
const READ_BYTES = 131_072;
/** Of the log for one delivery. A batch may be spread over more, and is then not shown. */
const MOST_READ_BYTES = 4 * MOST_BODY_BYTES;

/** Makes past requests again from the log, where their events still are. */
@Injectable()
export class SentRequests {
  readonly #bodies: DeliveryBodies;

  constructor(
    private readonly log: KafkaEventLog,
    @Inject(SETTINGS) { http }: Settings,
    personalData: PersonalData,
  ) {
    const { publicUrl } = http;
    this.#bodies = new DeliveryBodies({ publicUrl, open: (json, tenant) => personalData.open(json, tenant) });
    personalData.onForgotten(() => this.#bodies.forget());
  }

  /**
   * @param extraHeaders names of the subscription's own headers
   * @throws ProblemException while the log is not available
   */
  async of(delivery: DetailedDelivery, extraHeaders: readonly string[]): Promise<SentRequest> {
    const exchange = delivery.attempts.findLast((attempt) => attempt.exchange)?.exchange;
    if (!exchange?.offsets) return { omitted: 'unknown', headersOf: nothingKnown };
    const events = await orLogUnavailable(this.#events(delivery, exchange.offsets));
    if (typeof events === 'string') return { omitted: events, headersOf: nothingKnown };
    const { contentType, bytes } = await this.#body(exchange.form, events);
    return {
      contentType,
      bytes: bytes.length,
      ...(bytes.length > MOST_BODY_BYTES ? { omitted: 'too-large' } : { body: bytes.toString() }),
      first: events[0],
      headersOf: (attempt) => this.#headers(delivery, attempt, events, contentType, extraHeaders),
    };
  }

  #body({ format, payload, isBatch }: BodyForm, events: Events): DeliveryBody | Promise<DeliveryBody> {
    const batch = isBatch ? { maxEvents: events.length, maxWaitMs: 0 } : null;
    return this.#bodies.of({ subscription: { format, payload, batch }, events });
  }

  #headers(
    { replayId }: DetailedDelivery,
    { exchange, attempt, startedAt }: DetailedAttempt,
    events: Events,
    contentType: string,
    extraHeaders: readonly string[],
  ): ShownHeader[] | undefined {
    if (!exchange?.offsets) return undefined;
    const { form, offsets, previousEventId, watermark } = exchange;
    const [first] = events;
    // A retry has the same events, unless the batch was cut differently.
    const last = events.find(({ position }) => position.offset === offsets.at(-1));
    if (!last) return undefined;
    return shownHeaders({
      contentType,
      isBatch: form.isBatch,
      first,
      last,
      previousEventId,
      watermark,
      replayId,
      attempt,
      startedAt: startedAt.getTime(),
      extraHeaders,
    });
  }

  /** The events at these offsets, or why they are not shown. */
  async #events(delivery: DetailedDelivery, offsets: readonly number[]): Promise<Events | OmittedBody> {
    const wanted = new Set(offsets);
    const last = offsets.at(-1) ?? delivery.offset;
    const found: RecordedEvent[] = [];
    const { topic, partition } = delivery;
    for (let [offset, read] = [delivery.offset, 0]; offset <= last; read += READ_BYTES) {
      if (read > MOST_READ_BYTES) return 'too-large';
      // Of one event, no more than its own record.
      const batch = await this.log.fetch({ topic, partition, offset }, last === offset ? 1 : READ_BYTES);
      found.push(...batch.events.filter(({ position }) => wanted.has(position.offset)));
      if (batch.next <= offset) break;
      offset = batch.next;
    }
    const [first, ...more] = found;
    const isWhole = found.length === offsets.length && first?.metadata.eventId === delivery.eventId;
    return first && isWhole ? [first, ...more] : 'gone';
  }
}
