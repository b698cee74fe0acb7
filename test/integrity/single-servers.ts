import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKafka, startPostgres, startRegistry } from '../../tools/launcher/embedded.mjs';

export interface SingleServers {
  readonly directory: string;
  /** What apps need to find them. */
  readonly env: Record<string, string>;
  stop(options: { readonly keepLogs: boolean }): Promise<void>;
}

/** One server of each kind, empty, as `npm start` has them. */
export async function startSingleServers(): Promise<SingleServers> {
  const directory = await mkdtemp(join(tmpdir(), 'orderstream-integrity-'));
  const [kafka, postgres] = await Promise.all([
    startKafka({ directory: join(directory, 'kafka') }),
    startPostgres({ directory: join(directory, 'postgres'), durable: true }),
  ]);
  const registry = await startRegistry({ directory: join(directory, 'registry'), brokers: kafka.brokers });
  return {
    directory,
    env: {
      KAFKA_BROKERS: kafka.brokers,
      SCHEMA_REGISTRY_URL: registry.url,
      DATABASE_URL: postgres.url,
    },
    stop: async ({ keepLogs }) => {
      await registry.stop();
      await Promise.all([kafka.stop(), postgres.stop()]);
      if (!keepLogs) await rm(directory, { recursive: true, force: true });
    },
  };
}
