import cluster from 'node:cluster';
import { loadSettings, type SettingName, SettingsError } from '../settings/settings.js';

/**
 * Runs an app in as many processes as the setting PROCESSES says. This process runs it if that is one, and otherwise
 * only starts and supervises the others.
 * @param requires settings that are required though they have no default
 * @param run loads and runs the app, which a supervisor has no memory for
 */
export async function runInProcesses(
  requires: readonly SettingName[],
  run: () => Promise<unknown>,
): Promise<void> {
  const settings = cluster.isPrimary ? checkedSettings(requires) : undefined;
  if (!settings || settings.processes === 1) return void (await run());
  const { ProcessSupervisor } = await import('./process-supervisor.js');
  new ProcessSupervisor(settings).start();
}

/** Says what is wrong once, not once in each process. */
function checkedSettings(requires: readonly SettingName[]) {
  try {
    return loadSettings(process.env, requires);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(1);
  }
}
