import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PLACES } from './places.mjs';
import { privateFolder } from './private-folder.mjs';

/**
 * How other programs find the running system. These files hold secrets.
 * @typedef {object} RunningSystem
 * @property {string} url
 * @property {string} apiKey
 * @property {string} kafkaBrokers
 * @property {string} schemaRegistryUrl
 * @property {string} databaseUrl
 * @property {string} [databaseAdminUrl] for `orderstream analysts` alone
 * @property {string} [caFile] PEM of the authority that certifies the servers, and what clients have to trust
 * @property {Record<string, number | undefined>} pids
 */

/** Removed when the system stops. */
export const RUNNING_FILES = [PLACES.runningFile, PLACES.shellFile, PLACES.appSettings, PLACES.logIns];

/** @typedef {Record<string, string>} AppSettings */

/**
 * @param {RunningSystem} system
 * @param {AppSettings} appSettings more settings that a separately started app needs
 * @param {Record<string, AppSettings>} logIns still more, for each principal that it may be at the brokers
 */
function writeRunningFiles(system, appSettings, logIns) {
  const { url, apiKey, kafkaBrokers, schemaRegistryUrl, databaseUrl, caFile } = system;
  const shell = {
    ORDERSTREAM_URL: url,
    ORDERSTREAM_API_KEY: apiKey,
    // Of Node and of curl, which takes one file in place of all that it trusts.
    ...(caFile && {
      NODE_EXTRA_CA_CERTS: caFile,
      CURL_CA_BUNDLE: caFile.replace(/ca\.pem$/, 'ca-bundle.pem'),
    }),
  };
  const exports = Object.entries(shell).map(([name, value]) => `export ${name}='${value}'\n`);
  writeSecret(PLACES.shellFile, exports.join(''));
  // Not exported: the next `npm start` in that shell would start no servers.
  const settings = {
    KAFKA_BROKERS: kafkaBrokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: url,
    ...appSettings,
  };
  writeSettings(PLACES.appSettings, settings);
  for (const [principal, logIn] of Object.entries(logIns)) {
    privateFolder(PLACES.logIns);
    writeSettings(join(PLACES.logIns, `${principal}.env`), { ...settings, ...logIn });
  }
  writeSecret(PLACES.runningFile, `${JSON.stringify(system, undefined, 2)}\n`);
}

/**
 * @param {string} file
 * @param {AppSettings} settings
 */
function writeSettings(file, settings) {
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'\n`);
  writeSecret(file, lines.join(''));
}

/** Keeps the running files up to date while processes are restarted. */
export class RunningFiles {
  #supervisor;
  /** @type {Record<string, number>} */
  #pids = {};
  /** @type {Omit<RunningSystem, 'pids'> | undefined} */
  #known;
  /** @type {AppSettings} */
  #appSettings = {};
  /** @type {Record<string, AppSettings>} */
  #logIns = {};

  /** @param {import('./supervision/supervisor.mjs').Supervisor} supervisor */
  constructor(supervisor) {
    this.#supervisor = supervisor;
  }

  /**
   * @param {string} name
   * @param {number} pid
   */
  started(name, pid) {
    this.#pids[name] = pid;
    this.#write();
  }

  /**
   * @param {Omit<RunningSystem, 'pids'>} known
   * @param {AppSettings} appSettings see `writeRunningFiles`
   * @param {Record<string, AppSettings>} logIns
   */
  publish(known, appSettings, logIns) {
    this.#known = known;
    this.#appSettings = appSettings;
    this.#logIns = logIns;
    this.#write();
  }

  /** Writes nothing until everything is known. */
  #write() {
    if (!this.#known) return;
    const own = { launcher: process.pid, watchdog: this.#supervisor.watchdogPid };
    writeRunningFiles({ ...this.#known, pids: { ...own, ...this.#pids } }, this.#appSettings, this.#logIns);
  }
}

/** @returns {RunningSystem | undefined} */
export function readRunningFile() {
  return existsSync(PLACES.runningFile) ? JSON.parse(readFileSync(PLACES.runningFile, 'utf8')) : undefined;
}

/**
 * Replaces the file in one step, so that nobody reads half of it.
 * @param {string} file
 * @param {string} text
 */
export function writeSecret(file, text) {
  const partial = `${file}.partial`;
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, file);
}

/**
 * The secret in the file, made if the file is missing. Concurrent callers get the same one.
 * @param {string} file
 * @param {() => string} make
 */
export function lastingSecret(file, make) {
  if (!existsSync(file)) {
    const own = `${file}.${process.pid}`;
    mkdirSync(dirname(file), { recursive: true });
    writeSecret(own, `${make()}\n`);
    try {
      linkSync(own, file);
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    } finally {
      rmSync(own);
    }
  }
  return readFileSync(file, 'utf8').trim();
}
