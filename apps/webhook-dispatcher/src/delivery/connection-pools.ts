import { type buildConnector, Client, type Dispatcher, Pool } from 'undici';

export interface ConnectionPoolsOptions {
  readonly connect: buildConnector.connector;
  /** Most connections of one pool. */
  readonly connectionsPerPool: number;
  /** So many connections are kept; beyond, those not used for longest are closed. */
  readonly keptConnections: number;
}

/** Shorter than most servers keep a connection, so that they do not close it just when it is used again. */
const KEEP_ALIVE_MS = 4_000;
/** For servers that say that they keep connections for longer. */
const MAX_KEEP_ALIVE_MS = 30_000;
const MAX_ANSWER_HEADERS_BYTES = 16_384;
/** How many of the pools that were not used for longest are looked at for one that is idle. */
const IDLE_LOOKS = 16;

/**
 * A pool of connections to each origin, of each tenant: where many tenants use the same service, endpoints of one that
 * hang take nothing from the others. Pools go with their last connection.
 */
export class ConnectionPools {
  readonly #options: ConnectionPoolsOptions;
  /** That not used for longest is first. */
  readonly #pools = new Map<string, Pool>();
  /** Each sends one request. */
  readonly #singles = new Set<Client>();
  #connections = 0;

  constructor(options: ConnectionPoolsOptions) {
    this.#options = options;
  }

  /** Open ones, in use or kept. */
  get connections(): number {
    return this.#connections;
  }

  of(tenant: string, origin: string): Pool {
    const key = `${tenant} ${origin}`;
    const pool = this.#pools.get(key) ?? this.#open(key, origin);
    this.#use(key, pool);
    return pool;
  }

  /** Sends one request over a connection of its own, which is closed behind it. It counts in no pool. */
  dispatchAlone(
    request: Dispatcher.DispatchOptions & { readonly origin: string },
    handler: Dispatcher.DispatchHandler,
  ): void {
    const client = new Client(request.origin, this.#clientOptions());
    this.#singles.add(client);
    client.on('connect', () => this.#connections++);
    client.on('disconnect', () => this.#connections--);
    client.dispatch(request, handler);
    // It ends what it was given first.
    const closed = client.close().catch(() => undefined);
    void closed.then(() => this.#singles.delete(client));
  }

  /** Ends what is under way, too. */
  async close(): Promise<void> {
    const all = [...this.#pools.values(), ...this.#singles];
    this.#pools.clear();
    await Promise.all(all.map((each) => each.destroy()));
  }

  #clientOptions() {
    return {
      connect: this.#options.connect,
      pipelining: 1,
      // Time is counted for the whole attempt.
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

  /** What is under way in it ends by itself. */
  #drop(key: string, pool: Pool): void {
    if (this.#pools.get(key) === pool) this.#pools.delete(key);
    // It may be closed by the time that it hears of it.
    if (!pool.closed && !pool.destroyed) void pool.close().catch(() => undefined);
  }
}
