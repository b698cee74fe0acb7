import type { Socket } from 'node:net';
import { type buildConnector, Client, type Dispatcher, Pool } from 'undici';

interface ConnectionPoolsOptions {
  readonly connect: buildConnector.connector;
  readonly connectionsPerPool: number;
  /** The number of connections to keep; above it, the least recently used ones are closed. */
  readonly keptConnections: number;
}

/** Shorter than most servers' keep-alive, so that they don't close a connection just as it is reused. */
const KEEP_ALIVE_MS = 4_000;
/** Applies to servers that announce a longer keep-alive. */
const MAX_KEEP_ALIVE_MS = 30_000;
const MAX_ANSWER_HEADERS_BYTES = 16_384;
/** The number of least recently used pools to check for an idle one. */
const IDLE_LOOKS = 16;

/**
 * Keeps one connection pool per tenant and origin. When many tenants use the same service, one tenant's hanging endpoints
 * take no connections from the others. A pool is dropped with its last connection.
 */
export class ConnectionPools {
  readonly #options: ConnectionPoolsOptions;
  /** Least recently used first. */
  readonly #pools = new Map<string, Pool>();
  /** Clients that send a single request. */
  readonly #singles = new Set<Client>();
  #connections = 0;

  constructor(options: ConnectionPoolsOptions) {
    this.#options = options;
  }

  /** The number of open connections, in use or idle. */
  get connections(): number {
    return this.#connections;
  }

  of(tenant: string, origin: string): Pool {
    const key = `${tenant} ${origin}`;
    const pool = this.#pools.get(key) ?? this.#open(key, origin);
    this.#use(key, pool);
    return pool;
  }

  /** Sends one request over a new connection outside the pools, which is closed afterwards. */
  dispatchAlone(
    request: Dispatcher.DispatchOptions & { readonly origin: string },
    handler: Dispatcher.DispatchHandler,
  ): void {
    const client = new Client(request.origin, this.#clientOptions());
    this.#singles.add(client);
    client.on('connect', () => this.#connections++);
    client.on('disconnect', () => this.#connections--);
    client.dispatch(request, handler);
    // `close` waits for the dispatched request.
    const closed = client.close().catch(() => undefined);
    void closed.then(() => this.#singles.delete(client));
  }

  /** Closes all pools and ends the requests in flight. */
  async close(): Promise<void> {
    const all = [...this.#pools.values(), ...this.#singles];
    this.#pools.clear();
    await Promise.all(all.map((each) => each.destroy()));
  }

  #clientOptions() {
    return {
      connect: this.#options.connect,
      pipelining: 1,
      // One timeout covers the whole attempt.
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: MAX_KEEP_ALIVE_MS,
      maxHeaderSize: MAX_ANSWER_HEADERS_BYTES,
    };
  }

  #use(key: string, pool: Pool): void {
    this.#pools.delete(key);
    this.#pools.set(key, pool);
  }

  #open(key: string, origin: string): Pool {
    const { connectionsPerPool: connections } = this.#options;
    const pool = new Pool(origin, { ...this.#clientOptions(), connections });
    let open = 0;
    const dropUnused = () => {
      if (open === 0) this.#drop(key, pool);
    };
    pool.on('connect', () => {
      open++;
      this.#connections++;
      if (this.#connections > this.#options.keptConnections) this.#dropIdle();
    });
    pool.on('disconnect', () => {
      open--;
      this.#connections--;
      dropUnused();
    });
    pool.on('connectionError', dropUnused);
    return pool;
  }

  #dropIdle(): void {
    let looks = 0;
    for (const [key, pool] of this.#pools) {
      if (++looks > IDLE_LOOKS) return;
      if (pool.stats.size === 0) {
        this.#drop(key, pool);
        return;
      }
      this.#use(key, pool);
    }
  }

  /** Requests in flight still complete. */
  #drop(key: string, pool: Pool): void {
    if (this.#pools.get(key) === pool) this.#pools.delete(key);
    // The pool may already be closed when its last connection ends.
    if (!pool.closed && !pool.destroyed) void pool.close().catch(() => undefined);
  }
}

/** Far above the limits on headers and body. Only this counts chunk extensions, trailers and interim answers. */
const MAX_ANSWER_BYTES = 262_144;

/**
 * Undici receives pieces of at most this size, because it checks only between pieces whether the connection is closed.
 * Past its header limit it creates an error for each further header, and a large piece holds thousands.
 */
const MAX_PIECE_BYTES = 1_024;
const NOTHING = Buffer.alloc(0);

class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

const lostUnanswered = new WeakSet<object>();

/**
 * Returns true if the error ended a reused connection after a request was written and before a byte of its answer came.
 * That happens when a server closes an idle connection just as it is used again: the endpoint may never have seen the
 * request.
 */
export const wasLostUnanswered = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && lostUnanswered.has(error);

/**
 * Filters what undici reads from a connection: removes interim answers, closes a connection whose answer does not end, and
 * records when a reused connection is lost before it answers.
 */
export function watchConnection(socket: Socket): void {
  const interim = new InterimAnswers();
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  /** Bytes written up to the request whose answer was read last. */
  let written = socket.bytesWritten;
  let isReused = false;
  let answerBegan = socket.bytesRead;
  let received = socket.bytesRead;

  const isAnswerAwaited = (): boolean => socket.bytesWritten !== written;

  /** Returns the next bytes of the answer, or `null` if none have arrived. @throws when the answer is too long */
  const readAnswer = (size?: number): Buffer | null => {
    for (;;) {
      const chunk = read(size);
      if (chunk === null) return null;
      if (isAnswerAwaited()) {
        answerBegan = received;
        written = socket.bytesWritten;
        isReused = true;
        interim.expectAnswer();
      }
      received += chunk.length;
      if (received - answerBegan > MAX_ANSWER_BYTES) throw new AnswerTooLongError('the answer does not end');
      const rest = interim.remove(chunk);
      if (rest.length > 0) return rest;
    }
  };

  let left: Buffer = NOTHING;
  socket.read = (size?: number): Buffer | null => {
    // Node calls `read(0)` to start receiving and drops the result.
    if (size === 0) return read(0);
    if (socket.destroyed) return null;
    try {
      if (left.length === 0) left = readAnswer(size) ?? NOTHING;
    } catch (error) {
      socket.destroy(error as Error);
      return null;
    }
    if (left.length === 0) return null;
    const piece = left.subarray(0, MAX_PIECE_BYTES);
    left = left.subarray(piece.length);
    return piece;
  };
  socket.on('error', (error: Error) => {
    if (isReused && isAnswerAwaited() && socket.bytesRead === received) lostUnanswered.add(error);
  });
}

/** The shortest prefix that identifies an interim answer. */
const INTERIM = /^HTTP\/1\.[01] 1\d\d[ \r]$/;
const SAMPLE = 'HTTP/1.1 100 ';
const FIRST_DIGIT = SAMPLE.indexOf('1', 'HTTP/1.1'.length);
const ONE = 0x31;
const SWITCHING_PROTOCOLS = '101';
const BLANK_LINE = '\r\n\r\n';
/** Stops an endpoint that sends interim answers endlessly and would cost CPU until the timeout. */
const MAX_INTERIM_ANSWERS = 100;

/** The endpoint switched to another protocol without a request to do so. */
export class UnexpectedUpgradeError extends Error {
  override readonly name = 'UnexpectedUpgradeError';
}

export class TooManyInterimAnswersError extends Error {
  override readonly name = 'TooManyInterimAnswersError';
}

/**
 * Removes interim answers (`100 Continue`, `103 Early Hints`) from what a connection receives. Clients must accept them,
 * requested or not (RFC 9110, 15.2), but undici closes a connection that receives a `100`.
 *
 * ```
 *  passing ──request written──► status line ──1xx──► head ──blank line──► status line
 *     ▲─────────any other──────────┘
 * ```
 */
export class InterimAnswers {
  #state: 'passing' | 'status-line' | 'head' = 'passing';
  /** The start of a status line, or the end of a head, that the next chunk continues. */
  #partial: Buffer = NOTHING;
  #count = 0;

  /** To be called once a request is written, because the next bytes begin its answer. */
  expectAnswer(): void {
    this.#state = 'status-line';
    this.#partial = NOTHING;
    this.#count = 0;
  }

  /**
   * @returns the chunk without interim answers; may be empty
   * @throws UnexpectedUpgradeError, TooManyInterimAnswersError
   */
  remove(chunk: Buffer): Buffer {
    if (this.#state === 'passing') return chunk;
    let rest = this.#partial.length > 0 ? Buffer.concat([this.#partial, chunk]) : chunk;
    this.#partial = NOTHING;
    for (;;) {
      if (this.#state === 'status-line') {
        if (!mayBeInterim(rest)) {
          this.#state = 'passing';
          return rest;
        }
        if (rest.length < SAMPLE.length) return this.#keep(rest);
        this.#accept(rest.toString('latin1', FIRST_DIGIT, FIRST_DIGIT + 3));
      }
      const end = rest.indexOf(BLANK_LINE);
      if (end < 0) return this.#keep(rest.subarray(1 - BLANK_LINE.length));
      rest = rest.subarray(end + BLANK_LINE.length);
      this.#state = 'status-line';
    }
  }

  #accept(status: string): void {
    if (status === SWITCHING_PROTOCOLS) throw new UnexpectedUpgradeError('the endpoint switches protocols');
    if (++this.#count > MAX_INTERIM_ANSWERS) throw new TooManyInterimAnswersError('no answer follows');
    this.#state = 'head';
  }

  /** Copies, because the chunk may be reused. */
  #keep(bytes: Buffer): Buffer {
    this.#partial = Buffer.from(bytes);
    return NOTHING;
  }
}

/** Returns false once the bytes cannot be the beginning of an interim answer. */
function mayBeInterim(bytes: Buffer): boolean {
  if (bytes.length > FIRST_DIGIT && bytes[FIRST_DIGIT] !== ONE) return false;
  const seen = bytes.toString('latin1', 0, SAMPLE.length);
  return INTERIM.test(seen + SAMPLE.slice(seen.length));
}
