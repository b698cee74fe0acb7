import { type Clock, onAbort, type SpareTime } from '#libs/kernel';
import { Readable } from 'node:stream';
import type { EventReader, Portion } from '../core/event-reader.js';
import { type EventDocument, eventDocument } from '#libs/contracts';
import type { StreamPace } from '#libs/platform';
import { obstacleProblem, orUnavailable } from './event-streams.js';
import { eventsSent } from './event-stream.metrics.js';

export interface SseOptions {
  readonly clock: Clock;
  readonly tenant: string;
  readonly spareTime: Pick<SpareTime, 'run'>;
  /** Ends the stream cleanly. */
  readonly stop: AbortSignal;
  readonly heartbeatMs: number;
  /** Disconnects a client that reads nothing for this long. */
  readonly stallMs: number;
  /** The stream ends after this time, so that the client reconnects and its API key or access token is checked again. */
  readonly maxAgeMs: number;
  /** What the reader is shown of a document; everything by default. */
  readonly show?: (document: EventDocument) => EventDocument;
  /** Opens what is sealed in a text of the stream; by default nothing. */
  readonly open?: (text: string) => string | Promise<string>;
  /** The stream pauses while a limit of the tenant is used up. */
  readonly pace?: StreamPace | undefined;
  /** Called once, however the stream ends. */
  readonly onClose: () => void;
}

/** As many as one read of history gives, or the rest would be read again. */
const PORTION_EVENTS = 500;
/** Take a millisecond or two to write. */
const PIECE_EVENTS = 50;
/** Limit of a portion in memory; a single event may exceed it. */
const PORTION_BYTES = 131_072;
const RECONNECT_MS = 2_000;
const OUTAGE_PAUSE_MS = 1_000;

/** The body of an event stream. It reads more only when the client has consumed the rest, so slow clients cost no memory. */
export class ServerSentEvents extends Readable {
  readonly #over = new AbortController();
  readonly #unsubscribe: () => void;
  #isPumping = false;
  #isFirst = true;
  #toldCursor = '';
  /** What was read, and how many of its events are written. */
  #portion: Portion | undefined;
  #written = 0;
  readonly #endAt: number;
  #heartbeatAt: number;
  #stall: NodeJS.Timeout | undefined;

  constructor(
    private readonly reader: EventReader,
    private readonly options: SseOptions,
  ) {
    super();
    this.#endAt = options.clock.now() + options.maxAgeMs;
    this.#heartbeatAt = options.clock.now() + options.heartbeatMs;
    this.#unsubscribe = onAbort(options.stop, () => this.#over.abort());
  }

  override _read(): void {
    clearTimeout(this.#stall);
    if (!this.#isPumping) void this.#pump();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#stall);
    this.#unsubscribe();
    this.#over.abort();
    this.options.onClose();
    done(error);
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      for (;;) {
        const text = await this.#nextText();
        if (this.destroyed) return;
        if (text === undefined) return void this.push(null);
        this.#heartbeatAt = this.options.clock.now() + this.options.heartbeatMs;
        if (!this.push(text)) {
          this.#stall = setTimeout(() => this.destroy(), this.options.stallMs).unref();
          return;
        }
      }
    } catch (error) {
      this.destroy(error as Error);
    } finally {
      this.#isPumping = false;
    }
  }

  /** `undefined` at the end. */
  async #nextText(): Promise<string | undefined> {
    if (this.#isFirst) {
      this.#isFirst = false;
      // A client that loses the connection before the first event resumes from here.
      return `retry: ${RECONNECT_MS}\n${this.#moved()}\n`;
    }
    const { clock, pace, spareTime, tenant } = this.options;
    while (!this.#over.signal.aborted && !this.reader.ended) {
      const pauseMs = pace?.pauseMs ?? 0;
      const portion = pauseMs > 0 ? undefined : await this.#unwritten();
      // A slow log must not stretch the stream: whoever reconnects gets these events again.
      if (clock.now() >= this.#endAt) return undefined;
      if (portion && portion.events.length > 0)
        // While it waited for its turn, the stream may have come to its end.
        return this.#opened(
          await spareTime.run(tenant, () => (this.#isOver ? undefined : this.#piece(portion))),
        );
      const problem = portion || pauseMs > 0 ? undefined : obstacleProblem(this.reader);
      if (problem) {
        this.#over.abort();
        return `event: problem\ndata: ${JSON.stringify(problem.toBody('/v1/events/stream'))}\n\n`;
      }
      const now = clock.now();
      if (now >= this.#heartbeatAt) return `: heartbeat\n${this.#moved()}\n`;
      const leftMs = Math.min(this.#heartbeatAt, this.#endAt) - now;
      if (pauseMs > 0) await clock.sleep(Math.min(pauseMs, leftMs), this.#over.signal);
      else if (!portion) await this.reader.wait(leftMs, this.#over.signal);
    }
    return undefined;
  }

  #opened(text: string | undefined): string | undefined | Promise<string> {
    return text === undefined ? undefined : (this.options.open?.(text) ?? text);
  }

  get #isOver(): boolean {
    return this.#over.signal.aborted || this.options.clock.now() >= this.#endAt;
  }

  get #hasUnwritten(): boolean {
    return this.#portion !== undefined && this.#written < this.#portion.events.length;
  }

  /** What was read and is not written yet, or else what comes next. */
  async #unwritten(): Promise<Portion | undefined> {
    if (this.#hasUnwritten) return this.#portion;
    this.#written = 0;
    this.#portion = await this.#nextPortion();
    return this.#portion;
  }

  /** During an outage of the log, the connection stays open and silent. */
  async #nextPortion(): Promise<Portion | undefined> {
    try {
      return await this.reader.next(PORTION_EVENTS, PORTION_BYTES);
    } catch (error) {
      // Other errors would repeat.
      if (orUnavailable(error) === error) throw error;
      await this.options.clock.sleep(OUTAGE_PAUSE_MS, this.#over.signal);
      return undefined;
    }
  }

  #piece(portion: Portion): string {
    const { show = (document) => document } = this.options;
    const from = this.#written;
    const events = portion.events.slice(from, from + PIECE_EVENTS);
    this.#written += events.length;
    eventsSent.inc({ kind: 'stream' }, events.length);
    this.options.pace?.sent(events.length);
    return events
      .map((event, index) => {
        this.#toldCursor = portion.cursorAfter(from + index);
        return `id: ${this.#toldCursor}\ndata: ${JSON.stringify(show(eventDocument(event)))}\n\n`;
      })
      .join('');
  }

  /**
   * An id without an event. Clients store it, so skipped events are not searched again after a reconnect. The reader is ahead
   * of what waits to be written, and a client that began again there would miss it.
   */
  #moved(): string {
    if (this.#hasUnwritten) return '';
    const { cursor } = this.reader;
    if (cursor === this.#toldCursor) return '';
    this.#toldCursor = cursor;
    return `id: ${cursor}\n`;
  }
}
