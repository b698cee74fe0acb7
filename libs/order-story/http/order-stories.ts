import { Inject, Injectable } from '@nestjs/common';
import type { LoggedEvent } from '#libs/contracts';
import { RawLog } from '#libs/kafka';
import type { Instant } from '#libs/kernel';
import { EventIndexRepository, type IndexedEvent } from '#libs/projections/read-models';
import { inOrderOfTime, missingCauses, type StoryNode, storyNodes } from '../core/index.js';
import { StoryDocuments } from './story-documents.js';

const MAX_EVENTS = 500;
/** Of the events in the log; as JSON they are several times as long. */
const MAX_BYTES = 2_000_000;
/** Read at once: a single event may have a megabyte. */
const PAGE = 25;

export interface OrderStory {
  readonly nodes: readonly StoryNode[];
  /** Events that the index knows and the log does not give. */
  readonly missing: readonly IndexedEvent[];
  readonly truncated: boolean;
}

/** Reads the stories of orders: what happened where is in the index, and what it was is in the log. */
@Injectable()
export class OrderStories {
  constructor(
    private readonly index: EventIndexRepository,
    @Inject(RawLog) private readonly log: Pick<RawLog, 'events'>,
  ) {}

  /**
   * @param asOf nothing that happened later; default: all
   * @throws LogUnavailableError
   */
  async read(tenant: string, orderId: string, asOf?: Instant): Promise<OrderStory> {
    const found = await this.index.findOfOrder(tenant, orderId, MAX_EVENTS + 1);
    const places = found.slice(0, MAX_EVENTS);
    const { events, missing, isCut } = await this.#events(tenant, places);
    const causes = await this.index.findAll(missingCauses(events));
    const own = causes.filter((cause) => cause.tenant === tenant).slice(0, MAX_EVENTS - events.length);
    const caused = await this.#events(tenant, own);
    const known = new Map([...events, ...caused.events].map((event) => [event.metadata.eventId, event]));
    const shown = [...known.values()].filter(
      ({ metadata }) => asOf === undefined || Date.parse(metadata.occurredAt) <= asOf,
    );
    return {
      nodes: storyNodes(inOrderOfTime(shown), new StoryDocuments()),
      missing: [...missing, ...caused.missing],
      truncated: found.length > MAX_EVENTS || isCut || caused.isCut,
    };
  }

  async #events(tenant: string, places: readonly IndexedEvent[]) {
    const events: LoggedEvent[] = [];
    const missing: IndexedEvent[] = [];
    let bytes = 0;
    for (let at = 0; at < places.length; at += PAGE) {
      if (bytes > MAX_BYTES) return { events, missing, isCut: true };
      const page = places.slice(at, at + PAGE);
      const read = (await this.log.events(page)).filter(({ metadata }) => metadata.tenant === tenant);
      const ids = new Set(read.map(({ metadata }) => metadata.eventId));
      missing.push(...page.filter(({ eventId }) => !ids.has(eventId)));
      bytes += read.reduce((sum, { value }) => sum + value.length, 0);
      events.push(...read);
    }
    return { events, missing, isCut: false };
  }
}
