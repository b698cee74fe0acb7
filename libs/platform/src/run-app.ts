import { type DynamicModule, Logger, type ModuleMetadata } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { createHttpApp, listen } from './http/http-app.js';
import { PlatformModule } from './platform.module.js';
import { loadSettings, type SettingName, type Settings, SettingsError } from './settings/settings.js';

/** A process that hangs at its stop would hold up whoever waits for it. */
const FORCED_EXIT_SLACK_MS = 5_000;

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
 * failed start end it with a clear message, and a stop that hangs is cut off.
 */
export async function runApp(parts: AppParts): Promise<void> {
  try {
    const settings = loadSettings(process.env, parts.requires);
    cutOffStopAfter(settings.http.shutdownTimeoutMs + FORCED_EXIT_SLACK_MS);
    await start(parts, settings);
  } catch (error) {
    process.stderr.write(
      `${error instanceof SettingsError ? error.message : String((error as Error).stack)}\n`,
    );
    process.exit(1);
  }
}

function cutOffStopAfter(ms: number): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      setTimeout(() => process.exit(1), ms).unref();
    });
  }
}

async function start({ name, modules, consumers = [] }: AppParts, settings: Settings): Promise<void> {
  const app = await createHttpApp(appRoot(settings, modules), settings);
  for (const token of consumers) {
    app.connectMicroservice({ strategy: app.get<CustomTransportStrategy>(token) });
  }
  await app.startAllMicroservices();
  new Logger(name).log(`listening on ${await listen(app, settings)}`);
}
