import { formatPosition, type RecordedEvent, topicPartitionKey } from '#libs/kernel';
import type { AttemptOutcome, AttemptRequest, Feed } from '../core/ports.js';
import { owedTo } from './slow-owing.fixture.js';

const feedIdOf = ({ replayId, subscription }: AttemptRequest): string =>
  replayId ?? subscription.subscriptionId;

/** Checks the watermark of each request, at its time, against what the receiver answered until then. */
export class WatchedWatermarks {
  /** Requests whose watermark covers an event that was neither delivered nor had any reason to be parked. */
  readonly lies: string[] = [];
  readonly #accepted = new Set<string>();
  /** Lanes that had a failure, by feed. Only such a lane has parked or skipped deliveries. */
  readonly #failed = new Set<string>();

  constructor(
    private readonly feeds: ReadonlyMap<string, Feed>,
    private readonly log: readonly RecordedEvent[],
  ) {}

  sent(request: AttemptRequest): void {
    const feed = this.feeds.get(feedIdOf(request));
    if (!feed) return;
    const start = feed.start[topicPartitionKey(request.events[0].position)] ?? 0;
    for (const event of owedTo(feed, this.log)) {
      const { offset } = event.position;
      if (offset < start || offset >= request.watermark) continue;
      if (this.#accepted.has(keyOf(feed, event)) || this.#failed.has(this.#laneOf(request, event))) continue;
      this.lies.push(`${feed.feedId}: ${formatPosition(event.position)} is below ${request.watermark}`);
    }
  }

  answered(request: AttemptRequest, { outcome }: AttemptOutcome): void {
    for (const event of request.events) {
      if (outcome === 'delivered') this.#accepted.add(keyOf({ feedId: feedIdOf(request) }, event));
      else this.#failed.add(this.#laneOf(request, event));
    }
  }

  #laneOf(request: AttemptRequest, { metadata }: RecordedEvent): string {
    const { ordering, batch } = request.subscription;
    const lane = { stream: metadata.streamId, partition: '', none: metadata.eventId }[ordering];
    return `${feedIdOf(request)} ${batch ? '' : lane}`;
  }
}

const keyOf = ({ feedId }: Pick<Feed, 'feedId'>, { metadata }: RecordedEvent): string =>
  `${feedId} ${metadata.eventId}`;
