import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { PrismaPg } from '@prisma/adapter-pg';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { PrismaClient } from '../generated/client.js';

export interface DatabaseOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Longest wait for a connection, and for a statement. Milliseconds. */
  readonly timeoutMs: number;
}

/** Every wait is bounded: a database that hangs must not make its clients hang. */
const clientOptions = ({ url, poolSize, timeoutMs }: DatabaseOptions) => ({
  adapter: new PrismaPg({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs,
    statement_timeout: timeoutMs,
    idle_in_transaction_session_timeout: 4 * timeoutMs,
    keepAlive: true,
  }),
  errorFormat: 'minimal' as const,
  transactionOptions: { maxWait: timeoutMs, timeout: 4 * timeoutMs },
});

/** For processes without dependency injection, such as the command line. */
export const makePrisma = (options: DatabaseOptions): PrismaClient =>
  new PrismaClient(clientOptions(options));

/** The database. Connects when first used, and again after it was away. */
@Injectable()
export class PrismaService extends PrismaClient implements OnApplicationShutdown {
  constructor(@Inject(SETTINGS) settings: Settings, @Inject(Readiness) readiness: Readiness) {
    super(clientOptions(settings.database));
    readiness.add('database', async () => {
      await this.$queryRaw`select 1`;
    });
  }

  async onApplicationShutdown(): Promise<void> {
    await this.$disconnect();
  }
}
