import { Readable } from 'node:stream';
import { type EventDocument, eventDocument } from '#libs/contracts';
import { type Clock, onAbort, type SizedEvent, type SpareTime } from '#libs/kernel';
import { MAX_SHOWN_BYTES, recordPath } from './log-record.schemas.js';

export interface LiveTailOptions {
  readonly clock: Clock;
  /** Whose turn it is to write in spare time. */
  readonly tenant: string;
  readonly spareTime: Pick<SpareTime, 'run'>;
  readonly matches: (event: SizedEvent) => boolean;
  /** What the reader is shown of a document. */
  readonly show: (document: EventDocument) => EventDocument;
  /** Opens what is sealed in a text of the stream. */
  readonly open: (text: string) => string | Promise<string>;
  /** Ends the stream cleanly. */
  readonly stop: AbortSignal;
  readonly heartbeatMs: number;
  /** Disconnects a client that reads nothing for this long. */
  readonly stallMs: number;
  readonly maxAgeMs: number;
  /** Called once, however the stream ends. */
  readonly onClose: () => void;
}

const MOST_WAITING = 500;
const MOST_WAITING_BYTES = 2_000_000;
const PIECE_EVENTS = 50;
const RECONNECT_MS = 2_000;

/**
 * The body of a stream of new events that waits for nobody: what a slow client has no room for is dropped, oldest first, and
 * an event named `dropped` says how many there were.
 */
export class LiveTail extends Readable {
  readonly #over = new AbortController();
  readonly #subscriptions: readonly (() => void)[];
  #waiting: SizedEvent[] = [];
  #bytes = 0;
  #dropped = 0;
  #wantsMore = false;
  #isWriting = false;
  #writtenAt: number;
  #stall: NodeJS.Timeout | undefined;

  constructor(private readonly options: LiveTailOptions) {
    super();
    const { clock, stop, heartbeatMs, maxAgeMs } = options;
    this.#writtenAt = clock.now();
    this.#subscriptions = [
      onAbort(stop, () => this.#end()),
      clock.after(maxAgeMs, () => this.#end()),
      clock.every(heartbeatMs, () => this.#beat()),
    ];
    this.push(`retry: ${RECONNECT_MS}\n\n`);
  }

  /** New events, of all tenants. */
  offer(events: readonly SizedEvent[]): void {
    for (const event of events) {
      if (!this.options.matches(event)) continue;
      this.#waiting.push(event);
      this.#bytes += event.bytes;
    }
    while (
      this.#waiting.length > MOST_WAITING ||
      (this.#bytes > MOST_WAITING_BYTES && this.#waiting.length > 1)
    ) {
      this.#bytes -= this.#waiting.shift()?.bytes ?? 0;
      this.#dropped += 1;
    }
    void this.#write();
  }

  override _read(): void {
    clearTimeout(this.#stall);
    this.#wantsMore = true;
    void this.#write();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#stall);
    for (const unsubscribe of this.#subscriptions) unsubscribe();
    this.#over.abort();
    this.#waiting = [];
    this.options.onClose();
    done(error);
  }

  /** Also when the tail has stopped: the client comes back, and gets the next one. */
  #end(): void {
    if (this.destroyed || this.#over.signal.aborted) return;
    this.#over.abort();
    this.push(null);
  }

  #beat(): void {
    const isQuiet = this.options.clock.now() - this.#writtenAt >= this.options.heartbeatMs;
    if (isQuiet && this.#wantsMore && !this.#over.signal.aborted) this.#push(': heartbeat\n\n');
  }

  async #write(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    const { spareTime, tenant } = this.options;
    try {
      while (this.#wantsMore && this.#waiting.length > 0 && !this.#over.signal.aborted)
        await this.#pushOpened(await spareTime.run(tenant, () => this.#piece()));
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.#isWriting = false;
    }
  }

  async #pushOpened(text: string): Promise<void> {
    const opened = await this.options.open(text);
    // The stream may have ended meanwhile.
    if (!this.#over.signal.aborted && opened !== '') this.#push(opened);
  }

  #piece(): string {
    // The stream may have ended while it waited for its turn.
    if (this.#over.signal.aborted) return '';
    const dropped = this.#dropped > 0 ? `event: dropped\ndata: {"count":${this.#dropped}}\n\n` : '';
    this.#dropped = 0;
    const events = this.#waiting.splice(0, PIECE_EVENTS);
    for (const { bytes } of events) this.#bytes -= bytes;
    return dropped + events.map((event) => `data: ${shown(event, this.options.show)}\n\n`).join('');
  }

  #push(text: string): void {
    this.#writtenAt = this.options.clock.now();
    this.#wantsMore = this.push(text);
    if (!this.#wantsMore) this.#stall = setTimeout(() => this.destroy(), this.options.stallMs).unref();
  }
}

function shown(event: SizedEvent, show: LiveTailOptions['show']): string {
  const document = show(eventDocument(event));
  const text = JSON.stringify(document);
  if (text.length <= MAX_SHOWN_BYTES) return text;
  const { position } = event;
  return JSON.stringify({ ...document, data: {}, download: recordPath(position, position.offset) });
}
