import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PLACES } from './places.mjs';

/**
 * What other programs need to find the running system. These files hold secrets.
 * @typedef {object} RunningSystem
 * @property {string} url
 * @property {string} apiKey
 * @property {string} kafkaBrokers
 * @property {string} schemaRegistryUrl
 * @property {string} databaseUrl
 * @property {Record<string, number | undefined>} pids
 */

/** Removed when the system stops. */
export const RUNNING_FILES = [PLACES.runningFile, PLACES.shellFile, PLACES.appSettings];

/** @param {RunningSystem} system */
export function writeRunningFiles(system) {
  const { url, apiKey, kafkaBrokers, schemaRegistryUrl, databaseUrl } = system;
  writeSecret(PLACES.shellFile, `export ORDERSTREAM_URL='${url}'\nexport ORDERSTREAM_API_KEY='${apiKey}'\n`);
  // Not exported: they are for apps beside the system, and would tell the next `npm start` to start no servers.
  const servers = {
    KAFKA_BROKERS: kafkaBrokers,
    SCHEMA_REGISTRY_URL: schemaRegistryUrl,
    DATABASE_URL: databaseUrl,
  };
  const lines = Object.entries(servers).map(([name, value]) => `${name}='${value}'\n`);
  writeSecret(PLACES.appSettings, lines.join(''));
  writeSecret(PLACES.runningFile, `${JSON.stringify(system, undefined, 2)}\n`);
}

/** @returns {RunningSystem | undefined} */
export function readRunningFile() {
  return existsSync(PLACES.runningFile) ? JSON.parse(readFileSync(PLACES.runningFile, 'utf8')) : undefined;
}

/**
 * In one step, so that nobody reads half a file.
 * @param {string} file
 * @param {string} text
 */
export function writeSecret(file, text) {
  const partial = `${file}.partial`;
  writeFileSync(partial, text, { mode: 0o600 });
  renameSync(partial, file);
}

/**
 * The secret in the file, made if there is none: the same for all who ask, also at the same time.
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
