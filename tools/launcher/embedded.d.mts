/** A process started by this module. It stops, at the latest, with the process that started it. */
export interface EmbeddedProcess {
  readonly name: string;
  /** Of the present run: another one after `restart`. */
  readonly pid: number;
  /** Resolves when it has ended; the default signal lets it end in order. Does nothing if it has ended already. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  kill9(): Promise<void>;
  /** Stops it (with that signal) and starts it again, on the same port and data; also after `stop`. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

export interface EmbeddedKafka extends EmbeddedProcess {
  readonly brokers: string;
}

/** A registry or a Postgres: the value for SCHEMA_REGISTRY_URL or DATABASE_URL. An app: its base URL. */
export interface EmbeddedServer extends EmbeddedProcess {
  readonly url: string;
}

interface Place {
  /** For its data, made if missing; its log is `<directory>.log`. */
  directory: string;
  /** Otherwise any free one. */
  port?: number;
}

export function freePort(): Promise<number>;

/** A single broker, ready when the promise resolves (about 3 s). */
export function startKafka(options: Place): Promise<EmbeddedKafka>;

/** A schema registry that keeps its schemas in that Kafka (about 3 s). */
export function startRegistry(options: Place & { brokers: string }): Promise<EmbeddedServer>;

/** A Postgres with an empty database (about 1 s); its user is superuser. `durable` switches fsync on. */
export function startPostgres(options: Place & { durable?: boolean }): Promise<EmbeddedServer>;

/** The whole built system in one process, ready when the promise resolves; `env` goes on top of this process's own. */
export function startApp(options: {
  env: Record<string, string>;
  logFile: string;
  port?: number;
  /** Instead of the standalone app. */
  program?: string;
}): Promise<EmbeddedServer>;

/** Runs the built `orderstream` command line, which must succeed. @returns its standard output */
export function runCli(options: {
  args: string[];
  env: Record<string, string>;
  logFile: string;
}): Promise<string>;
