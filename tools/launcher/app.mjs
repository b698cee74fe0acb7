import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LaunchFailure } from './failure.mjs';
import { PLACES, PROGRAMS, ROOT } from './places.mjs';
import { lastingSecret, writeSecret } from './running-file.mjs';
import { askHttp } from './servers/http-answers.mjs';
import { untilReady } from './servers/readiness.mjs';
import { LEAN_ENVIRONMENT } from './setup/prerequisites.mjs';
import { LAYER } from './supervision/stopping.mjs';

/**
 * @typedef {import('./supervision/supervisor.mjs').Supervisor} Supervisor
 */

/**
 * Fails as the app would that gets these settings. Needs the build.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<import('../../libs/platform/settings/settings.js').Settings>} as the app understands them
 */
export async function checkSettings(env) {
  const { loadSettings, SettingsError } = await import(PROGRAMS.settings);
  try {
    return loadSettings(env);
  } catch (error) {
    throw error instanceof SettingsError ? new LaunchFailure(error.message) : error;
  }
}

/**
 * What V8 must know before it starts. The app itself explains wrong settings.
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string[]>}
 */
async function nodeOptions(env) {
  const { loadSettings, SettingsError } = await import(PROGRAMS.settings);
  try {
    return ['--enable-source-maps', ...loadSettings(env).memory.nodeOptions];
  } catch (error) {
    if (error instanceof SettingsError) return [];
    throw error;
  }
}

/**
 * Runs the `orderstream` command line.
 * @param {object} options
 * @param {Supervisor} options.supervisor
 * @param {string[]} options.args
 * @param {NodeJS.ProcessEnv} options.env
 * @param {string} options.logFile
 * @param {boolean} [options.capture] whether to return its standard output instead of logging it
 * @param {string} [options.program]
 */
export function launchCli({ supervisor, args, env, logFile, capture = false, program = PROGRAMS.cli }) {
  return supervisor.run(
    {
      name: `orderstream ${args[0]}`,
      command: process.execPath,
      args: [program, ...args],
      cwd: ROOT,
      env,
      logFile,
    },
    { capture },
  );
}

/**
 * Runs the whole system, in as many processes as the settings say, and waits until it and its servers are healthy.
 * @param {object} options
 * @param {Supervisor} options.supervisor
 * @param {NodeJS.ProcessEnv} options.env with HTTP_PORT and the addresses of the servers
 * @param {string} options.logFile
 * @param {string} [options.program]
 * @param {string} [options.name]
 * @param {number} [options.readySeconds] that it may take until it is healthy: longer where it has much to take over
 */
export async function launchApp({
  supervisor,
  env,
  logFile,
  program = PROGRAMS.standalone,
  name = 'app',
  readySeconds,
}) {
  const url = `${env.HTTP_TLS_CERT_FILE ? 'https' : 'http'}://${reachableHost(env.HTTP_HOST)}:${env.HTTP_PORT}`;
  const app = supervisor.launch({
    name,
    command: process.execPath,
    args: [...(await nodeOptions(env)), program],
    cwd: ROOT,
    env: { ...LEAN_ENVIRONMENT, HTTP_HOST: '127.0.0.1', PUBLIC_URL: url, ...env, ...sharedSettings(env) },
    layer: LAYER.app,
    // Time to finish requests and deliveries in progress.
    graceSeconds: 25,
    logFile,
  });
  await untilReady(app, {
    port: Number(env.HTTP_PORT),
    answers: async () =>
      (await statusOf({ url: `${url}/health/ready`, caFile: env.HTTP_TLS_CA_FILE })) === 200,
    seconds: readySeconds,
  });
  return { ...app, url };
}

const KEY_BYTES = 32;

/**
 * The settings that all apps of one system must share to deliver webhooks and to read personal data.
 * @param {NodeJS.ProcessEnv} env
 */
export const sharedSettings = (env) => ({
  // A webhook receiver under development runs on the same machine.
  WEBHOOK_ALLOW_PRIVATE_TARGETS: env.WEBHOOK_ALLOW_PRIVATE_TARGETS ?? 'true',
  // A later start must be able to decrypt what this one encrypts.
  WEBHOOK_ENCRYPTION_KEY: env.WEBHOOK_ENCRYPTION_KEY || lastingKey(PLACES.webhookKey),
  // Empty: nothing is to be sealed.
  PERSONAL_DATA_KEY: env.PERSONAL_DATA_KEY ?? lastingKey(PLACES.personalDataKey),
});

/** @param {string} place */
const lastingKey = (place) => lastingSecret(place, () => randomBytes(KEY_BYTES).toString('base64'));

/**
 * @param {string} [host] that the application listens on
 * @returns {string} as part of a URL
 */
function reachableHost(host = '127.0.0.1') {
  if (['0.0.0.0', '::'].includes(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

/**
 * The development key of an earlier start if the database still has it, otherwise a new one.
 * @param {Supervisor} supervisor
 * @param {NodeJS.ProcessEnv} env
 * @param {Api} api
 * @returns {Promise<string>}
 */
export async function developmentKey(supervisor, env, api) {
  if (existsSync(PLACES.developmentKey)) {
    const known = readFileSync(PLACES.developmentKey, 'utf8').trim();
    if (!(await isRefused(api, known))) return known;
  }
  const args = ['keys', 'create', '--tenant', 'dev', '--name', 'development', '--quiet'];
  const logFile = join(PLACES.logs, 'keys.log');
  const made = (await launchCli({ supervisor, args, env, logFile, capture: true })).trim();
  writeSecret(PLACES.developmentKey, `${made}\n`);
  return made;
}

const ASK_TIMES = 6;

/** @typedef {{ url: string, caFile?: string | undefined }} Api and the authority of its certificate, if it has one */

/**
 * Clients that were waiting for the start may keep the application too busy to answer; the key counts as good then.
 * @param {Api} api
 * @param {string} apiKey
 */
async function isRefused({ url, ...trust }, apiKey) {
  for (let times = 0; times < ASK_TIMES; times++) {
    try {
      return (await statusOf({ url: `${url}/v1/orders?limit=1`, ...trust }, apiKey)) === 401;
    } catch {
      // It is asked again.
    }
  }
  return false;
}

/**
 * @param {Api} api
 * @param {string} [apiKey]
 * @returns {Promise<number | undefined>}
 */
async function statusOf({ url, caFile }, apiKey) {
  const headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  return (await askHttp(url, { caFile, headers })).status;
}
