import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EmbeddedKafka,
  type EmbeddedServer,
  runCli,
  startApp,
  startKafka,
  startPostgres,
  startRegistry,
} from '../../../tools/launcher/embedded.mjs';
import { Instance } from '../system.js';

const APPS = ['command-api', 'webhook-api', 'projector'] as const;
/** Of the dispatchers, to one subscription. */
export const CONCURRENCY = 16;

export interface WebhookTestbed {
  readonly directory: string;
  readonly kafka: EmbeddedKafka;
  readonly postgres: EmbeddedServer;
  readonly registryUrl: string;
  readonly commands: EmbeddedServer;
  readonly subscriptions: EmbeddedServer;
  readonly projector: EmbeddedServer;
  readonly dispatchers: readonly Instance[];
  readonly apiKey: string;
  close(options?: { keepLogs?: boolean }): Promise<void>;
}

const program = (app: string) =>
  fileURLToPath(new URL(`../../../dist/apps/${app}/src/main.js`, import.meta.url));

/** Servers of its own, each app as a process, and so many dispatchers. @param env for the dispatchers alone */
export async function openWebhookTestbed(
  dispatcherCount: number,
  env: Readonly<Record<string, string>> = {},
): Promise<WebhookTestbed> {
  const directory = await mkdtemp(join(tmpdir(), 'orderstream-webhooks-'));
  const [kafka, postgres] = await Promise.all([
    startKafka({ directory: join(directory, 'kafka') }),
    startPostgres({ directory: join(directory, 'postgres'), durable: true }),
  ]);
  const registry = await startRegistry({ directory: join(directory, 'registry'), brokers: kafka.brokers });
  const settings = {
    KAFKA_BROKERS: kafka.brokers,
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: postgres.url,
    WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    WEBHOOK_CONCURRENCY: String(CONCURRENCY),
    WEBHOOK_POLL_MS: '200',
    // Keys are in the database too.
    API_KEY_CACHE_MS: '3600000',
  };
  const cli = async (...args: string[]) =>
    (await runCli({ args, env: settings, logFile: join(directory, 'cli.log') })).trim();
  await cli('deploy');
  const apiKey = await cli('keys', 'create', '--tenant', 'integrity', '--name', 'integrity', '--quiet');
  const [commands, subscriptions, projector] = (await Promise.all(
    APPS.map((app) =>
      startApp({ env: settings, logFile: join(directory, `${app}.log`), program: program(app) }),
    ),
  )) as [EmbeddedServer, EmbeddedServer, EmbeddedServer];
  const dispatchers = await Promise.all(
    Array.from({ length: dispatcherCount }, (_, index) => {
      const logFile = join(directory, `webhook-dispatcher-${index}.log`);
      return Instance.start({ ...settings, ...env }, logFile, program('webhook-dispatcher'));
    }),
  );
  const close = async ({ keepLogs = false } = {}) => {
    // Those that end do not keep this process from ending before them.
    const waiting = setInterval(() => undefined, 1_000);
    await Promise.all(
      [...dispatchers.map(({ app }) => app), commands, subscriptions, projector].map((app) => app.stop()),
    );
    await registry.stop();
    await Promise.all([kafka.stop(), postgres.stop()]);
    if (!keepLogs) await rm(directory, { recursive: true, force: true });
    clearInterval(waiting);
  };
  const registryUrl = registry.url;
  return {
    directory,
    kafka,
    postgres,
    registryUrl,
    commands,
    subscriptions,
    projector,
    dispatchers,
    apiKey,
    close,
  };
}
