import type { LoggedEvent } from '#libs/contracts';
import type { Clock, EventBatch, LogReader } from '#libs/kernel';
import { part, type TailedPartition } from './tailed-partition.js';

export interface TailReaderEvents {
  /** The reader waits for new records. */
  awaits(): void;
  closed(): void;
}

/** Before a broker that has not heard of the latest records is asked again. */
const STALE_PAUSE_MS = 20;

/** Reads one partition for one consumer: from memory at the end of the log, else by fetches of its own. */
export class TailReader {
  /** Events of the last fetch that did not fit into the batch. */
  #left: EventBatch<LoggedEvent> | undefined;

  constructor(
    private readonly partition: TailedPartition,
    private readonly log: Pick<LogReader<LoggedEvent>, 'fetch'>,
    private readonly clock: Clock,
    private readonly events: TailReaderEvents,
  ) {
    partition.needs(this, Number.NEGATIVE_INFINITY);
  }

  /**
   * A batch that begins at the offset; waits for one at the end of the log. It may hold no event, where other records are.
   * @param limit of events in it
   * @returns `undefined` once the signal aborts
   * @throws what a fetch throws
   */
  async read(
    offset: number,
    limit: number,
    signal: AbortSignal,
  ): Promise<EventBatch<LoggedEvent> | undefined> {
    const { partition } = this;
    partition.needs(this, offset);
    while (!signal.aborted) {
      const known = this.#take(offset, limit) ?? partition.read(offset, limit);
      if (known) return known;
      if (partition.next === offset) {
        const changed = partition.changed(signal);
        this.events.awaits();
        await changed;
      } else {
        const { topic, partition: number } = partition;
        const batch = await this.log.fetch({ topic, partition: number, offset });
        if (batch.next > offset || batch.unreadable !== undefined) this.#left = batch;
        else if (partition.next === undefined || partition.next < offset) partition.begin(offset);
        else await this.clock.sleep(STALE_PAUSE_MS, signal);
      }
    }
    return undefined;
  }

  close(): void {
    this.partition.leave(this);
    this.events.closed();
  }

  #take(offset: number, limit: number): EventBatch<LoggedEvent> | undefined {
    const left = this.#left;
    this.#left = undefined;
    if (!left || offset < left.first || (offset >= left.next && left.unreadable === undefined))
      return undefined;
    const taken = part(left, offset, limit);
    if (taken.next < left.next) this.#left = left;
    return taken;
  }
}
