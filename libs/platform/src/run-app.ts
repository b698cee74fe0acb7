import { type DynamicModule, Logger, type ModuleMetadata } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApp, listen } from './http/http-app.js';
import { serveOpenApi } from './openapi/serve-openapi.js';
import { loggedError } from './observability/logged-error.js';
import { redactSecrets } from './observability/redact-secrets.js';
import { PlatformModule } from './platform.module.js';
import { UncaughtErrors } from './process/uncaught-errors.js';
import { loadSettings, type SettingName, type Settings, SettingsError } from './settings/settings.js';

/** A process that hangs at its stop would hold up whoever waits for it. */
const FORCED_EXIT_SLACK_MS = 5_000;

/** After an error that nobody foresaw, less patience: what the process is made of may not hold any more. */
const UNCAUGHT_STOP_MS = 10_000;

export interface AppParts {
  /** For the log. */
  readonly name: string;
  readonly modules: NonNullable<ModuleMetadata['imports']>;
  /** Injection tokens of the log consumers that run beside HTTP. */
  readonly consumers?: readonly symbol[];
  /** Settings without a default that it cannot do without. */
  readonly requires?: readonly SettingName[];
}

/** The modules of an app, upon what every app has. */
export const appRoot = (settings: Settings, modules: AppParts['modules']): DynamicModule => ({
  module: class AppRoot {},
  imports: [PlatformModule.register(settings), ...modules],
});

/**
 * Runs an app as this process: HTTP, be it for health and metrics alone, and its log consumers. Wrong settings and a
 * failed start end it with a clear message, a stop that hangs is cut off, and an error that nobody foresaw ends it in
 * order, with exit code 1.
 */
export async function runApp(parts: AppParts): Promise<void> {
  try {
    const settings = loadSettings(process.env, parts.requires);
    cutOffStopAfter(settings.http.shutdownTimeoutMs + FORCED_EXIT_SLACK_MS);
    await start(parts, settings);
  } catch (error) {
    process.stderr.write(`${error instanceof SettingsError ? error.message : textOf(error)}\n`);
    process.exit(1);
  }
}

const textOf = (error: unknown): string =>
  redactSecrets(String(error instanceof Error ? error.stack : error));

function cutOffStopAfter(ms: number): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(1), ms).unref();
    });
  }
}

async function start({ name, modules, consumers = [] }: AppParts, settings: Settings): Promise<void> {
  const running: { app?: NestFastifyApplication } = {};
  const logger = new Logger('UncaughtErrors');
  new UncaughtErrors({
    log: (error, origin) => {
      const line = { err: error, origin };
      // Until there is an app its logger keeps all to itself.
      if (running.app) logger.fatal(line, 'nobody foresaw this error; the process ends');
      else process.stderr.write(`${JSON.stringify({ ...line, err: loggedError(error) })}\n`);
    },
    stop: async () => running.app?.close(),
    exit: (code) => process.exit(code),
    withinMs: Math.min(settings.http.shutdownTimeoutMs, UNCAUGHT_STOP_MS),
  }).install();
  const app = await createHttpApp(appRoot(settings, modules), settings);
  serveOpenApi(app, settings);
  running.app = app;
  for (const token of consumers) {
    app.connectMicroservice({ strategy: app.get<CustomTransportStrategy>(token) });
  }
  await app.startAllMicroservices();
  new Logger(name).log(`listening on ${await listen(app, settings)}`);
}
