import { type buildConnector, Client, type Dispatcher, Pool } from 'undici';

export interface ConnectionPoolsOptions {
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
