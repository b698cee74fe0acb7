import { Injectable } from '@nestjs/common';
import { KafkaEventLog } from '#libs/kafka';
import {
  formatPosition,
  parsePosition,
  type Position,
  type RecordedEvent,
  topicPartitionKey,
} from '#libs/kernel';
import { ProblemException } from '#libs/platform';
import { EventIndexRepository } from '#libs/projections/read-models';
import { EventPositions, orLogUnavailable } from '../subscriptions/event-positions.js';
import type { ExplainQuery } from './explanation.schemas.js';

/** One record: the log gives at least the first, however large. */
const ONE_RECORD_BYTES = 1;

/** Finds the event that a request names. Every failure is a problem document. */
@Injectable()
export class EventLookup {
  constructor(
    private readonly log: KafkaEventLog,
    private readonly positions: EventPositions,
    private readonly index: EventIndexRepository,
  ) {}

  /** @throws ProblemException if there is no such event, or none that the tenant may see */
  async find(tenant: string, { eventId, position }: ExplainQuery): Promise<RecordedEvent> {
    const event = await (eventId === undefined ? this.#at(position ?? '') : this.#byId(eventId));
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

  async #byId(eventId: string): Promise<RecordedEvent> {
    const place = await this.index.find(eventId);
    if (!place) throw notFound(NONE_BY_ID);
    return orLogUnavailable(this.#read(place));
  }
}

const NONE_AT = 'There is no event of your tenant at this position.';
const NONE_BY_ID =
  'There is no event of your tenant with this id, or it was appended a moment ago and is not in the index of events yet.';

const notFound = (detail: string): ProblemException => new ProblemException('event-not-found', detail);
