import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { loadSettings, type Settings } from '#libs/platform';

export interface RunningSystem {
  readonly url: string;
  readonly apiKey: string;
  readonly kafkaBrokers: string;
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
  readonly databaseAdminUrl?: string;
  /** Authority of its certificate, as PEM, where it is encrypted. */
  readonly caFile?: string;
}

const RUNNING_FILE = '.orderstream/running.json';
const LOG_INS = '.orderstream/secure/log-in';

/** The system that `npm start` runs in this directory, if any. */
export const runningSystem = (): RunningSystem | undefined =>
  existsSync(RUNNING_FILE) ? (JSON.parse(readFileSync(RUNNING_FILE, 'utf8')) as RunningSystem) : undefined;

/**
 * Settings from the environment. Missing addresses come from the system that runs in this directory.
 * @param principal whose log-in at the brokers comes from that system too, where it has log-ins and the environment names no
 * brokers
 */
export function cliSettings(principal?: string): Settings {
  const running = runningSystem();
  const { KAFKA_BROKERS, DATABASE_URL } = process.env;
  const defaults = running && {
    KAFKA_BROKERS: running.kafkaBrokers,
    SCHEMA_REGISTRY_URL: running.schemaRegistryUrl,
    DATABASE_URL: running.databaseUrl,
    ...(running.databaseAdminUrl && !DATABASE_URL && { DATABASE_ADMIN_URL: running.databaseAdminUrl }),
    ...(principal && !KAFKA_BROKERS && logInOf(principal)),
  };
  return loadSettings({ ...defaults, ...process.env });
}

/** The settings of a principal, as `npm start -- --secure` wrote them to a file. */
function logInOf(principal: string): Record<string, string | undefined> {
  const file = `${LOG_INS}/${principal}.env`;
  return existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
}

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
