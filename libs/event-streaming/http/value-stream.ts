import { Readable } from 'node:stream';
import { type Clock, onAbort } from '#libs/kernel';

export interface ValueStreamOptions {
  /** The current value; one that cannot be told now is left out. */
  readonly read: () => Promise<unknown>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  /** Ends the stream cleanly. */
  readonly stop: AbortSignal;
  readonly everyMs: number;
  /** Disconnects a client that reads nothing for this long. */
  readonly stallMs: number;
  /** The stream ends after this time, so that the client reconnects and its credential is checked again. */
  readonly maxAgeMs: number;
  /** Called once, however the stream ends. */
  readonly onClose: () => void;
}

const RECONNECT_MS = 2_000;

/**
 * A value again and again, as server-sent events. It is read only when the client has consumed the last one, so slow clients get
 * fewer values and cost no memory.
 */
export class ValueStream extends Readable {
  readonly #over = new AbortController();
  readonly #unsubscribe: () => void;
  readonly #endAt: number;
  #isFirst = true;
  #isReading = false;
  #stall: NodeJS.Timeout | undefined;

  constructor(private readonly options: ValueStreamOptions) {
    super({ highWaterMark: 1 });
    this.#endAt = options.clock.now() + options.maxAgeMs;
    this.#unsubscribe = onAbort(options.stop, () => this.#over.abort());
  }

  override _read(): void {
    clearTimeout(this.#stall);
    if (!this.#isReading) void this.#next();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearTimeout(this.#stall);
    this.#unsubscribe();
    this.#over.abort();
    this.options.onClose();
    done(error);
  }

  async #next(): Promise<void> {
    this.#isReading = true;
    const text = await this.#text();
    this.#isReading = false;
    if (this.destroyed) return;
    this.#stall = setTimeout(() => this.destroy(), this.options.stallMs).unref();
    this.push(text ?? null);
  }

  /** `undefined` at the end. */
  async #text(): Promise<string | undefined> {
    const { clock, read, everyMs } = this.options;
    const { signal } = this.#over;
    const begin = this.#isFirst ? `retry: ${RECONNECT_MS}\n\n` : '';
    if (!this.#isFirst) await clock.sleep(Math.min(everyMs, this.#endAt - clock.now()), signal);
    this.#isFirst = false;
    if (signal.aborted || clock.now() >= this.#endAt) return undefined;
    try {
      return `${begin}data: ${JSON.stringify(await read())}\n\n`;
    } catch {
      // Shows that the connection is alive.
      return `${begin}: no value\n\n`;
    }
  }
}
