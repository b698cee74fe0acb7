/** A process started by this module. It stops, at the latest, with the process that started it. */
export interface EmbeddedProcess {
  readonly name: string;
  /** Of the present run: another one after `restart`. */
  readonly pid: number;
  /** Resolves when it has ended; the default signal lets it end in order. Does nothing if it has ended already. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  kill9(): Promise<void>;
  /** It hangs until `resume`, with its connections open. Not for Postgres, whose children would go on. */
  pause(): void;
  resume(): void;
  /** Stops it (with that signal) and starts it again, on the same port and data; also after `stop`. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

export interface EmbeddedKafka extends EmbeddedProcess {
  readonly brokers: string;
}

/** Settings of Kafka brokers, in place of those of the launcher. */
export type KafkaSettings = Readonly<Record<string, string | number>>;

export interface EmbeddedKafkaNode extends EmbeddedProcess {
  /** As in the cluster's metadata, from 1. */
  readonly id: number;
  /** Where it listens for clients, whatever port it tells them. */
  readonly port: number;
}

export interface EmbeddedKafkaCluster {
  /** For clients: the ports that brokers advertise to them. */
  readonly brokers: string;
  /** Past what stands between clients and brokers: these lead to brokers that know of each other's real ports only. */
  readonly directBrokers: string;
  readonly nodes: readonly EmbeddedKafkaNode[];
  /** All brokers at once. */
  stop(signal?: NodeJS.Signals): Promise<void>;
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
export function startKafka(options: Place & { settings?: KafkaSettings }): Promise<EmbeddedKafka>;

/**
 * Brokers that are controllers too, ready when the promise resolves (about 10 s). Topics have three replicas of which
 * two must be in sync; the leaders of a broker that is killed or paused move within a few seconds.
 */
export function startKafkaCluster(options: {
  /** Empty: a cluster is started anew, and only its brokers can be restarted. */
  directory: string;
  brokers: number;
  /** The port that each broker tells clients, where a proxy stands in between; otherwise the one it listens on. */
  advertisedPorts?: readonly number[];
  settings?: KafkaSettings;
}): Promise<EmbeddedKafkaCluster>;

/** A schema registry that keeps its schemas in that Kafka (about 3 s). */
export function startRegistry(options: Place & { brokers: string }): Promise<EmbeddedServer>;

/** A Postgres with an empty database (about 1 s), which its user owns. `durable` switches fsync on. */
export function startPostgres(options: Place & { durable?: boolean }): Promise<EmbeddedServer>;

/** The program, where PgBouncer is installed: it does not come by itself. */
export function pgBouncer(): string | undefined;

/** PgBouncer before the Postgres at that address; its own leads through it. */
export function startPgBouncer(options: {
  directory: string;
  url: string;
  mode: 'session' | 'transaction';
}): Promise<EmbeddedServer>;

/** The whole built system in one process, ready when the promise resolves; `env` goes on top of this process's own. */
export function startApp(options: {
  env: Record<string, string>;
  logFile: string;
  port?: number;
  /** Instead of the standalone app. */
  program?: string;
}): Promise<EmbeddedServer>;

/**
 * The whole built system in one process, which runs on when this one ends, until the test run does. Whoever asks for it
 * by the same name has it as it is; it is started only if it does not run.
 */
export function shareApp(options: {
  name: string;
  env: Record<string, string>;
  logFile: string;
  port: number;
}): Promise<EmbeddedServer>;

/** Stops a shared app, if it runs. */
export function stopSharedApp(name: string, logFile: string): Promise<void>;

/** Runs the built `orderstream` command line, which must succeed. @returns its standard output */
export function runCli(options: {
  args: string[];
  env: Record<string, string>;
  logFile: string;
}): Promise<string>;

/**
 * Runs one of the command-line tools that come with Kafka, by the name of its class; it must succeed.
 * @returns its standard output, where it also writes the errors that it logs
 */
export function runKafkaTool(options: { tool: string; args: string[]; logFile: string }): Promise<string>;
