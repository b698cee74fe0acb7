import { Injectable } from '@nestjs/common';
import { TENANT_EVENT_TOPICS } from '#libs/contracts';
import { KafkaEventLog, TopicOffsets } from '#libs/kafka';
import {
  formatPosition,
  parsePosition,
  type Position,
  type RecordedEvent,
  SpareTime,
  systemClock,
  topicPartitionKey,
} from '#libs/kernel';
import { ProblemException } from '#libs/platform';
import { findEvent } from '#libs/webhook-delivery/core';
import { DeliveryFactsRepository } from '#libs/webhook-delivery/postgres';
import { EventPositions, orLogUnavailable } from '../subscriptions/event-positions.js';
import type { ExplainQuery } from './explanation.schemas.js';

/** One record: the log gives at least the first, however large. */
const ONE_RECORD_BYTES = 1;

/** Finds the event that a request names. Every failure is a problem document. */
@Injectable()
export class EventLookup {
  /** A search decodes many events for one, which must not keep others waiting. */
  readonly #spareTime = new SpareTime(systemClock);

  constructor(
    private readonly log: KafkaEventLog,
    private readonly offsets: TopicOffsets,
    private readonly positions: EventPositions,
    private readonly facts: DeliveryFactsRepository,
  ) {}

  /** @throws ProblemException if there is no such event, or none that the tenant may see */
  async find(
    tenant: string,
    subscriptionId: string,
    { eventId, position }: ExplainQuery,
  ): Promise<RecordedEvent> {
    const event =
      eventId === undefined
        ? await this.#at(position ?? '')
        : await this.#byId(tenant, subscriptionId, eventId.toLowerCase());
    if (event.metadata.tenant !== tenant) throw notFound(eventId === undefined ? NONE_AT : NONE_BY_ID);
    return event;
  }

  async #at(text: string): Promise<RecordedEvent> {
    const position = parsePosition(text);
    const ends = await this.positions.ends();
    if (!position || position.offset >= (ends[topicPartitionKey(position)] ?? 0)) throw notFound(NONE_AT);
    return orLogUnavailable(this.#read(position));
  }

  async #read(position: Position): Promise<RecordedEvent> {
    const { events, unreadable } = await this.log.fetch(position, ONE_RECORD_BYTES);
    const event = events.find((each) => each.position.offset === position.offset);
    if (event) return event;
    if (unreadable === undefined) throw notFound(NONE_AT);
    throw notFound(`The log no longer has a readable event at ${formatPosition(position)}.`);
  }

  /** Parked and logged deliveries tell where an event is; otherwise its id tells when it was made. */
  async #byId(tenant: string, subscriptionId: string, eventId: string): Promise<RecordedEvent> {
    const known = await this.facts.positionOf(subscriptionId, eventId);
    if (known) return orLogUnavailable(this.#read(known));
    const found = await orLogUnavailable(this.#search(tenant, eventId));
    if (found === 'absent') throw notFound(NONE_BY_ID);
    if (found === 'incomplete')
      throw notFound(
        'There are too many events around the time in the id to search them all: give `position`.',
      );
    return found;
  }

  #search(tenant: string, eventId: string) {
    const { log, offsets } = this;
    const searched = {
      fetch: (from: Position, maxBytes?: number) =>
        log.fetch(from, maxBytes, (decode) => this.#spareTime.run(tenant, decode)),
      endOffsets: offsets.endOffsets.bind(offsets),
      offsetsForTime: offsets.offsetsForTime.bind(offsets),
    };
    return findEvent(searched, TENANT_EVENT_TOPICS, eventId);
  }
}

const NONE_AT = 'There is no event of your tenant at this position.';
const NONE_BY_ID =
  'There is no event of your tenant with this id among those that were appended within 30 seconds of the time in the id.';

const notFound = (detail: string): ProblemException => new ProblemException('event-not-found', detail);
