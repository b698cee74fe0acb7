import { existsSync, readFileSync } from 'node:fs';
import { loadSettings, type Settings } from '#libs/platform';

export interface RunningSystem {
  readonly url: string;
  readonly apiKey: string;
  readonly kafkaBrokers: string;
  readonly schemaRegistryUrl: string;
  readonly databaseUrl: string;
  /** Authority of its certificate, as PEM, where it is encrypted. */
  readonly caFile?: string;
}

const RUNNING_FILE = '.orderstream/running.json';

/** The system that `npm start` runs in this directory, if any. */
export const runningSystem = (): RunningSystem | undefined =>
  existsSync(RUNNING_FILE) ? (JSON.parse(readFileSync(RUNNING_FILE, 'utf8')) as RunningSystem) : undefined;

/** Settings from the environment. Missing addresses come from the system that runs in this directory. */
export function cliSettings(): Settings {
  const running = runningSystem();
  const defaults = running && {
    KAFKA_BROKERS: running.kafkaBrokers,
    SCHEMA_REGISTRY_URL: running.schemaRegistryUrl,
    DATABASE_URL: running.databaseUrl,
  };
  return loadSettings({ ...defaults, ...process.env });
}

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
