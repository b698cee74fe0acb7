import type { RunningApp, Stage } from '../measuring/stage.js';

const STANDALONE = { title: 'standalone', program: 'dist/apps/standalone/src/main.js' };
const APPS = ['command-api', 'webhook-api', 'projector', 'webhook-dispatcher'] as const;

/** The product under test: in one process, or each app in its own. */
export interface Deployment {
  readonly separate: boolean;
  /** Where orders are sent to, and where subscriptions. */
  readonly commands: string;
  readonly subscriptions: string;
  readonly dispatcher: { readonly pid: number; readonly url: string };
  stop(): Promise<void>;
}

export async function deploy(
  stage: Stage,
  separate: boolean,
  env: Readonly<Record<string, string>> = {},
): Promise<Deployment> {
  const allowed = { WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true' };
  if (!separate) {
    const app = await stage.app({ ...STANDALONE, env: { ...allowed, ...env } });
    return { separate, commands: app.url, subscriptions: app.url, dispatcher: app, stop: () => app.stop() };
  }
  const start = (app: (typeof APPS)[number]): Promise<RunningApp> => {
    const program = `dist/apps/${app}/src/main.js`;
    return stage.app({ title: app, program, env: { ...allowed, ...(app === 'webhook-dispatcher' && env) } });
  };
  const [commands, subscriptions, projector, dispatcher] = await Promise.all([
    start('command-api'),
    start('webhook-api'),
    start('projector'),
    start('webhook-dispatcher'),
  ]);
  const stop = async () => {
    await Promise.all([commands, subscriptions, projector, dispatcher].map((app) => app.stop()));
  };
  return { separate, commands: commands.url, subscriptions: subscriptions.url, dispatcher, stop };
}
