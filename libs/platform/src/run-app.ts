import { loadSettings, type Settings, SettingsError } from './settings/settings.js';

/** A process that hangs at its stop would hold up whoever waits for it. */
const FORCED_EXIT_SLACK_MS = 5_000;

/**
 * Runs an app as this process: wrong settings and a failed start end it with a clear message, and a stop that hangs
 * is cut off.
 */
export async function runApp(start: (settings: Settings) => Promise<void>): Promise<void> {
  try {
    const settings = loadSettings(process.env);
    const exitAfter = settings.http.shutdownTimeoutMs + FORCED_EXIT_SLACK_MS;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        setTimeout(() => process.exit(1), exitAfter).unref();
      });
    }
    await start(settings);
  } catch (error) {
    process.stderr.write(
      `${error instanceof SettingsError ? error.message : String((error as Error).stack)}\n`,
    );
    process.exit(1);
  }
}
