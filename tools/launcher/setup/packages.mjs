import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PLACES, ROOT } from '../places.mjs';

/**
 * @typedef {{ version?: string, integrity?: string, optional?: boolean, devOptional?: boolean }} LockedPackage
 * @typedef {import('../supervision/supervisor.mjs').Supervisor} Supervisor
 * @typedef {import('../progress.mjs').Progress} Progress
 */

/**
 * @param {Supervisor} supervisor
 * @param {Progress} progress
 */
export async function installPackages(supervisor, progress) {
  if (packagesAreCurrent(ROOT)) return;
  await progress.step('installing npm packages', () =>
    supervisor.run({
      name: 'npm ci',
      command: 'npm',
      // The embedded Postgres and the build tools are development packages, needed whatever NODE_ENV is.
      args: ['ci', '--include=dev', '--no-audit', '--no-fund'],
      cwd: ROOT,
      logFile: join(PLACES.logs, 'npm.log'),
    }),
  );
}

/**
 * As its last step, npm lists the installed packages in node_modules: that list must match the lock file.
 * @param {string} root
 */
export function packagesAreCurrent(root) {
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  const installed = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  return (
    Object.keys(installed).every((path) => path in wanted) &&
    Object.entries(wanted).every(([path, locked]) => {
      const found = installed[path];
      // Optional packages for other machines are not installed.
      if (!found) return path === '' || locked.optional === true || locked.devOptional === true;
      return found.version === locked.version && found.integrity === locked.integrity;
    })
  );
}

/**
 * @param {string} file
 * @returns {Record<string, LockedPackage>}
 */
function lockedPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return {};
  }
}
