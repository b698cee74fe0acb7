/** A process started by this module. It stops, at the latest, with the process that started it. */
export interface EmbeddedProcess {
  readonly name: string;
  /** Changes with `restart`. */
  readonly pid: number;
  /** Resolves when the process has ended. The default signal asks for an orderly end. No effect after its end. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  kill9(): Promise<void>;
  /** Freezes the process until `resume`, with its connections open. Useless for Postgres, whose children go on. */
  pause(): void;
  resume(): void;
  /** Stops it with that signal and starts it on the same port and data. Works after `stop`, too. */
  restart(signal?: NodeJS.Signals): Promise<void>;
}

export interface EmbeddedKafka extends EmbeddedProcess {
  readonly brokers: string;
}

/** Broker settings that override the launcher's. */
export type KafkaSettings = Readonly<Record<string, string | number>>;

export interface EmbeddedKafkaNode extends EmbeddedProcess {
  /** The broker id in the cluster's metadata, from 1. */
  readonly id: number;
  /** The port for clients, which may differ from the advertised one. */
  readonly port: number;
}

export interface EmbeddedKafkaCluster {
  /** The advertised addresses, for clients. */
  readonly brokers: string;
  /** Addresses that bypass proxies between clients and brokers. */
  readonly directBrokers: string;
  readonly nodes: readonly EmbeddedKafkaNode[];
  /** All brokers at once. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** `url` is the value for SCHEMA_REGISTRY_URL or DATABASE_URL, or the base URL of an app. */
export interface EmbeddedServer extends EmbeddedProcess {
  readonly url: string;
}

interface Place {
  /** Holds the data and is created if missing. The log is `<directory>.log`. */
  directory: string;
  /** Default: a free port. */
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
  /** Must be empty: only single brokers can be restarted, not a whole cluster. */
  directory: string;
  brokers: number;
  /** The port each broker advertises, for proxies. Default: the port it listens on. */
  advertisedPorts?: readonly number[];
  settings?: KafkaSettings;
}): Promise<EmbeddedKafkaCluster>;

/** A schema registry that keeps its schemas in that Kafka (about 3 s). */
export function startRegistry(options: Place & { brokers: string }): Promise<EmbeddedServer>;

/** A Postgres with an empty database that its user owns (about 1 s). `durable` turns fsync on. */
export function startPostgres(options: Place & { durable?: boolean }): Promise<EmbeddedServer>;

/** The PgBouncer program, if it is installed; the launcher does not download it. */
export function pgBouncer(): string | undefined;

/** PgBouncer in front of the Postgres at `url`. The resulting `url` leads through it. */
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
 * The whole built system in one process, which outlives this one until the test run ends. The next call with the same
 * name returns the running app.
 */
export function shareApp(options: {
  name: string;
  env: Record<string, string>;
  logFile: string;
  port: number;
}): Promise<EmbeddedServer>;

/** Stops a shared app if it runs. */
export function stopSharedApp(name: string, logFile: string): Promise<void>;

/** Runs the built `orderstream` command line, which must succeed. @returns its standard output */
export function runCli(options: {
  args: string[];
  env: Record<string, string>;
  logFile: string;
}): Promise<string>;

/**
 * Runs one of Kafka's command-line tools, by its class name. @throws if it fails
 * @returns its standard output, which includes logged errors
 */
export function runKafkaTool(options: { tool: string; args: string[]; logFile: string }): Promise<string>;
