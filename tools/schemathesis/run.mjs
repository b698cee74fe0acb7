// Runs Schemathesis in its own Python environment against the running system. Passes its arguments on.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PLACES, ROOT } from '../launcher/places.mjs';
import { readRunningFile } from '../launcher/running-file.mjs';

/** The version this was tested with. */
const PACKAGE = 'schemathesis==4.32.5';
const CONFIGURATION = join(ROOT, 'tools/schemathesis/schemathesis.toml');

const system = readRunningFile();
if (system) process.exitCode = test(system);
else {
  process.stderr.write('The system is not running: start it with npm start first.\n');
  process.exitCode = 1;
}

/** @param {import('../launcher/running-file.mjs').RunningSystem} system */
function test({ url, apiKey }) {
  const environment = join(PLACES.base, 'schemathesis');
  const program = join(environment, 'bin', 'schemathesis');
  if (!existsSync(program)) {
    const failed =
      run('python3', ['-m', 'venv', environment]) ||
      run(join(environment, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', PACKAGE]);
    if (failed) return failed;
  }
  const args = ['--config-file', CONFIGURATION, 'run', `${url}/openapi.json`, '--checks', 'all'];
  return run(program, [...args, ...process.argv.slice(2)], { ORDERSTREAM_API_KEY: apiKey, PYTHONPATH: ROOT });
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} env beside our own
 */
function run(command, args, env = {}) {
  const { status, error } = spawnSync(command, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error) process.stderr.write(`${command}: ${error.message}\n`);
  return status ?? 1;
}
