import type { RunningApp, Stage } from '../measuring/stage.js';
import type { Mode } from './options.js';

const APPS = [
  'command-api',
  'process-manager',
  'projector',
  'query-api',
  'webhook-api',
  'webhook-dispatcher',
] as const;
type App = (typeof APPS)[number];

/** The roles among which the CPU time is split. */
export const ROLES = {
  standalone: ['apps/standalone/'],
  'command-api': ['apps/command-api/'],
  'process-manager': ['apps/process-manager/'],
  projector: ['apps/projector/'],
  dispatcher: ['apps/webhook-dispatcher/'],
  gateway: ['apps/payment-gateway/'],
  mail: ['mail-process'],
  Kafka: ['kafka.Kafka'],
  Postgres: ['bin/postgres'],
} as const;
export type Role = keyof typeof ROLES;

/** The product under test. */
export interface Deployment {
  /** Base URLs. */
  readonly commands: string;
  readonly queries: string;
  readonly subscriptions: string;
  /** The app that runs the processes. */
  readonly processes: RunningApp;
  /** Base URLs of all apps. */
  readonly apps: readonly string[];
  readonly apiKey: string;
  stop(): Promise<void>;
}

export async function deploy(
  stage: Stage,
  mode: Mode,
  env: Readonly<Record<string, string>> = {},
): Promise<Deployment> {
  const start = (app: App | 'standalone'): Promise<RunningApp> =>
    stage.app({
      title: app,
      program: `dist/apps/${app}/src/main.js`,
      env: { FULFILMENT_ENABLED: 'true', WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true', ...env },
    });
  if (mode === 'standalone') {
    const app = await start('standalone');
    const { url, apiKey } = app;
    const stop = () => app.stop();
    return { commands: url, queries: url, subscriptions: url, processes: app, apps: [url], apiKey, stop };
  }
  const started = await Promise.all(APPS.map(async (app) => [app, await start(app)] as const));
  const apps = Object.fromEntries(started) as Record<App, RunningApp>;
  return {
    commands: apps['command-api'].url,
    queries: apps['query-api'].url,
    subscriptions: apps['webhook-api'].url,
    processes: apps['process-manager'],
    apps: Object.values(apps).map(({ url }) => url),
    apiKey: apps['command-api'].apiKey,
    stop: async () => {
      await Promise.all(Object.values(apps).map((app) => app.stop()));
    },
  };
}
