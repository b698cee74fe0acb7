import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Client, type ClientConfig, Pool } from 'pg';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { PrismaClient } from './generated/client.js';
import { isBrokenSession, isDatabaseOutage } from './database-outage.js';
import { missingMigrations } from './migrate.js';
import { StatementBatch } from './statement-batch.js';

/**
 * A pooled connection that ends itself once its session is broken, for example because the server became read-only. The
 * pool would otherwise keep handing it out.
 */
class PooledClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // The pool listens to idle connections only. Losing one between two queries of a transaction, or while it is being
    // closed, would end the process without this listener; the next query reports the loss.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...given: unknown[]) => unknown;
    this.query = ((...given: unknown[]) => {
      const answer = query(...given);
      const answered = answer instanceof StatementBatch ? answer.answered : answer;
      if (answered instanceof Promise) answered.catch((error: unknown) => this.#endIfSpent(error));
      return answer;
    }) as typeof this.query;
  }

  #endIfSpent(error: unknown): void {
    if (isBrokenSession(error)) void this.end().catch(() => undefined);
  }
}

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Longest wait for a connection and for a statement, in milliseconds. */
  readonly timeoutMs: number;
}

/** Every wait is bounded, so that a hanging database does not make its clients hang. */
const makePool = ({ url, poolSize, timeoutMs }: DatabaseOptions): Pool =>
  new Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    keepAlive: true,
    Client: PooledClient,
    // PgBouncer refuses connections that set these in their first message. The pool awaits the promise, despite its types.
    // oxlint-disable-next-line typescript/no-misused-promises
    onConnect: (client): Promise<unknown> =>
      client.query(
        `set statement_timeout = ${timeoutMs}; set idle_in_transaction_session_timeout = ${4 * timeoutMs}`,
      ),
  });

/** Prisma over a connection pool, which is also open to statements that Prisma would make too slow. */
export class PooledPrisma extends PrismaClient {
  readonly pool: Pool;

  constructor(options: DatabaseOptions) {
    const pool = makePool(options);
    // Losing an idle connection is harmless: the pool opens another one.
    pool.on('error', () => undefined);
    super({
      adapter: new PrismaPg(pool, { disposeExternalPool: true }),
      errorFormat: 'minimal',
      transactionOptions: { maxWait: options.timeoutMs, timeout: 4 * options.timeoutMs },
    });
    this.pool = pool;
  }

  /** Prisma ends the pool only if it has used it, and idle connections would keep the process alive. */
  override async $disconnect(): Promise<void> {
    await super.$disconnect();
    if (!this.pool.ending) await this.pool.end();
  }
}

/** For processes without dependency injection, such as the command line. */
export const makePrisma = (options: DatabaseOptions): PooledPrisma => new PooledPrisma(options);

/** The database. Connects on first use, and again after an outage. */
@Injectable()
export class PrismaService extends PooledPrisma implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(@Inject(SETTINGS) settings: Settings, @Inject(Readiness) readiness: Readiness) {
    super(settings.database);
    readiness.add('database', async () => {
      await this.$queryRaw`select 1`;
    });
  }

  /** An app starts while the database is away, but not on one that this version was not deployed on. */
  async onApplicationBootstrap(): Promise<void> {
    const missing = await missingMigrations(this.pool).catch((error: unknown) => {
      if (isDatabaseOutage(error)) return [];
      throw error;
    });
    if (missing.length > 0)
      throw new Error(`the database lacks ${missing.join(', ')}: run "orderstream deploy"`);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
