import { inBackground, type LogReader, type Position, type RetryPorts, type SizedEvent } from '#libs/kernel';
import { HistoryReads } from './history-reads.js';
import { EventReader, type ReaderInterest } from './event-reader.js';
import { SharedTail, type SharedTailLimits } from './shared-tail.js';

export interface ReadersLimits extends SharedTailLimits {
  /** How long the tail outlives its last reader, because polling clients return. */
  readonly lingerMs: number;
  /** Maximum number of concurrent reads of history. */
  readonly historyReads: number;
}

/** Somebody who is handed the new events of all tenants. */
export interface TailWatch {
  /** The tail has stopped, so no more will come: watch anew. */
  readonly isOver: boolean;
  /** Idempotent. */
  close(): void;
}

/** The readers of a process and their shared tail, which runs while there are any. */
export class EventReaders {
  readonly #history: HistoryReads;
  readonly #readers = new Set<EventReader>();
  /** Readers, including those that are still opening. */
  #holders = 0;
  #tail: SharedTail | undefined;
  #starting: Promise<SharedTail> | undefined;
  #linger: AbortController | undefined;
  #stopped = false;

  constructor(
    private readonly log: Pick<LogReader<SizedEvent>, 'endOffsets' | 'fetch'>,
    private readonly topics: readonly string[],
    private readonly ports: RetryPorts,
    private readonly limits: ReadersLimits,
    history: Pick<LogReader<SizedEvent>, 'fetch'> = log,
  ) {
    this.#history = new HistoryReads(history, limits.historyReads);
  }

  /** Offsets that the tail has not read yet, and those between the tail and its slowest reader. */
  get lags(): { readonly tail: number; readonly readers: number } {
    let readers = 0;
    for (const { lag } of this.#readers) readers = Math.max(readers, lag);
    return { tail: this.#tail?.lag ?? 0, readers };
  }

  /** The ends known without asking the log; `undefined` without readers. */
  knownEnds(): readonly Position[] | undefined {
    if (!this.#tail || this.#tail.stopped) return undefined;
    return this.#tail.partitions.map(({ topic, partition, recent }) => ({
      topic,
      partition,
      offset: recent.next,
    }));
  }

  /** Asks the log another question in the tenant's turn. */
  ask<Answer>(tenant: string, question: () => Promise<Answer>): Promise<Answer> {
    return this.#history.ask(tenant, question);
  }

  /** Opens a reader at these positions; close it after use. @throws any error of the log */
  async open(interest: ReaderInterest, start: readonly Position[]): Promise<EventReader> {
    this.#holders++;
    this.#linger?.abort();
    try {
      const tail = await this.#runningTail();
      const { clock, random } = this.ports;
      const reader = new EventReader(tail, this.#history, clock, interest, start, random());
      this.#readers.add(reader);
      return reader;
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  /**
   * Hands over the new events of all tenants from now on. It reads nothing that is older, and waits for nobody.
   * @param take called with events in the order of each partition
   * @param changed called when the tail has stopped
   * @throws any error of the log
   */
  async watch(
    take: (events: readonly SizedEvent[]) => void,
    changed: () => void = () => undefined,
  ): Promise<TailWatch> {
    this.#holders++;
    this.#linger?.abort();
    try {
      const tail = await this.#runningTail();
      const subscriptions = [tail.onEvents(take), tail.onChange(() => tail.stopped && changed())];
      return {
        get isOver() {
          return tail.stopped;
        },
        close: () => {
          for (const unsubscribe of subscriptions) unsubscribe();
          if (subscriptions.splice(0).length > 0) this.#release();
        },
      };
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  close(reader: EventReader): void {
    if (this.#readers.delete(reader)) this.#release();
  }

  stop(): void {
    this.#stopped = true;
    this.#linger?.abort();
    this.#tail?.stop();
  }

  async #runningTail(): Promise<SharedTail> {
    if (this.#tail && !this.#tail.stopped) return this.#tail;
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined;
    });
    return this.#starting;
  }

  async #start(): Promise<SharedTail> {
    const ends = await this.log.endOffsets(this.topics);
    const tail = new SharedTail(ends, this.log, this.ports.clock, this.limits);
    this.#tail = tail;
    if (this.#stopped) tail.stop();
    tail.start();
    return tail;
  }

  #release(): void {
    this.#holders--;
    if (this.#holders > 0 || this.#stopped) return;
    inBackground(
      () => this.#stopLater(),
      () => undefined,
    );
  }

  async #stopLater(): Promise<void> {
    const linger = new AbortController();
    this.#linger = linger;
    await this.ports.clock.sleep(this.limits.lingerMs, linger.signal);
    if (linger.signal.aborted || this.#holders > 0) return;
    this.#tail?.stop();
    this.#tail = undefined;
  }
}
