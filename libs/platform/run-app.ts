import { getHeapStatistics } from 'node:v8';
import { type DynamicModule, Logger, type ModuleMetadata } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { reportFailedStart, Siblings } from './cluster/siblings.js';
import { createHttpApp, listen } from './http/http-app.js';
import { serveOpenApi } from './openapi/serve-openapi.js';
import { loggedError } from './observability/logged-error.js';
import { redactSecrets } from './observability/redact-secrets.js';
import { PlatformModule } from './platform.module.js';
import { showMemoryBound } from './process/memory-pressure.js';
import { stopTimesOf } from './process/stop-times.js';
import { UncaughtErrors } from './process/uncaught-errors.js';
import { loadSettings, type SettingName, type Settings, SettingsError } from './settings/settings.js';

/** Shorter after an uncaught error, which may have left the process in a bad state. */
const UNCAUGHT_STOP_MS = 10_000;

export interface AppParts {
  readonly name: string;
  readonly modules: NonNullable<ModuleMetadata['imports']>;
  /** Injection tokens of the log consumers that run next to HTTP. */
  readonly consumers?: readonly symbol[];
  /** Required settings that have no default. */
  readonly requires?: readonly SettingName[];
}

/** The root module: the platform, and the modules of an app. */
export const appRoot = (
  settings: Settings,
  modules: AppParts['modules'],
  siblings = new Siblings(),
): DynamicModule => ({
  module: class AppRoot {},
  imports: [PlatformModule.register(settings, siblings), ...modules],
});

/**
 * Runs an app in this process: HTTP, if only for health and metrics, and its log consumers. Invalid settings and a failed
 * start end the process with a clear message, a hanging stop is cut off, and an uncaught error stops the process in an
 * orderly way with exit code 1.
 */
export async function runApp(parts: AppParts): Promise<void> {
  try {
    const settings = loadSettings(process.env, parts.requires);
    cutOffStopAfter(stopTimesOf(settings.http.shutdownTimeoutMs).forcedMs);
    await start(parts, settings);
  } catch (error) {
    const reason = `${error instanceof SettingsError ? error.message : textOf(error)}\n`;
    if (reportFailedStart(reason, () => process.exit(1))) return;
    process.stderr.write(reason);
    process.exit(1);
  }
}

/** V8 takes its limits at the start of the process only, from whoever starts it. */
function checkHeapLimit({ memory }: Settings): void {
  showMemoryBound(memory.megabytes);
  if (getHeapStatistics().heap_size_limit <= memory.heapBytes) return;
  const needed = memory.nodeOptions.join(' ');
  new Logger('Memory').warn(
    `the process may exceed MEMORY_MB=${memory.megabytes}: start node with ${needed}`,
  );
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
      // Without an app, its logger would only buffer.
      if (running.app) logger.fatal(line, 'uncaught error; the process is stopping');
      else process.stderr.write(`${JSON.stringify({ ...line, err: loggedError(error) })}\n`);
    },
    stop: async () => running.app?.close(),
    exit: (code) => process.exit(code),
    withinMs: Math.min(settings.http.shutdownTimeoutMs, UNCAUGHT_STOP_MS),
  }).install();
  const siblings = Siblings.ofThisProcess(settings.processes);
  const app = await createHttpApp(appRoot(settings, modules, siblings), settings);
  serveOpenApi(app, settings);
  running.app = app;
  for (const token of consumers) {
    app.connectMicroservice({ strategy: app.get<CustomTransportStrategy>(token) });
  }
  await app.startAllMicroservices();
  checkHeapLimit(settings);
  new Logger(name).log(`listening on ${await listen(app, settings)}`);
  await siblings.open(app.getHttpAdapter().getInstance());
}
