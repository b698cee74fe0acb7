import { createReadStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  type EmbeddedKafkaCluster,
  type EmbeddedServer,
  freePort,
  runCli,
  startApp,
  startKafkaCluster,
  startPostgres,
  startRegistry,
} from '../../tools/launcher/embedded.mjs';
import { FaultProxy } from './fault-proxy.js';

const COMMAND_API = fileURLToPath(new URL('../../dist/apps/command-api/src/main.js', import.meta.url));
const BROKERS = 3;

export interface SystemOptions {
  /** Empty. */
  readonly directory: string;
  readonly instances: number;
  /** For the instances, on top of what every app needs. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One process of an app, with all that it has logged, over every restart. */
export class Instance {
  #runs = 0;

  private constructor(
    readonly app: EmbeddedServer,
    private readonly logFile: string,
  ) {}

  static async start(env: Record<string, string>, logFile: string, program = COMMAND_API): Promise<Instance> {
    return new Instance(await startApp({ env, logFile, program }), logFile);
  }

  /** @param between what happens while it is away */
  async restart(
    signal: NodeJS.Signals,
    between: () => Promise<unknown> = async () => undefined,
  ): Promise<void> {
    await this.app.stop(signal);
    // The launcher keeps two logs.
    await rename(this.logFile, this.#logOf(this.#runs++));
    await between();
    await this.app.restart();
  }

  /** The entries that contain a text. Of what a process was writing when it was killed, all but the last. */
  async *logEntries<Entry>(containing: string): AsyncIterable<Entry> {
    const files = [...Array.from({ length: this.#runs }, (_, run) => this.#logOf(run)), this.logFile];
    for (const file of files) {
      for await (const line of createInterface(createReadStream(file))) {
        if (line.includes(containing) && line.endsWith('}')) yield JSON.parse(line) as Entry;
      }
    }
  }

  #logOf = (run: number): string => `${this.logFile}.run-${run}`;
}

export interface System {
  readonly cluster: EmbeddedKafkaCluster;
  readonly kafkaDirectory: string;
  readonly registryUrl: string;
  /** One for each broker, between it and the instances. */
  readonly proxies: readonly FaultProxy[];
  readonly instances: readonly Instance[];
  readonly apiKey: string;
  stop(): Promise<void>;
}

/** Three brokers behind proxies, and so many instances of the command API; the other servers are spared all faults. */
export async function startSystem({ directory, instances: count, env = {} }: SystemOptions): Promise<System> {
  const proxies = await Promise.all(
    Array.from({ length: BROKERS }, async () => FaultProxy.open(await freePort())),
  );
  const kafkaDirectory = join(directory, 'kafka');
  const [cluster, postgres] = await Promise.all([
    startKafkaCluster({
      directory: kafkaDirectory,
      brokers: BROKERS,
      advertisedPorts: proxies.map(({ port }) => port),
    }),
    startPostgres({ directory: join(directory, 'postgres') }),
  ]);
  cluster.nodes.forEach((node, index) => Object.assign(proxies[index] ?? {}, { target: node.port }));
  const registry = await startRegistry({
    directory: join(directory, 'registry'),
    brokers: cluster.directBrokers,
  });
  const servers = {
    KAFKA_BROKERS: cluster.brokers,
    SCHEMA_REGISTRY_URL: registry.url,
    DATABASE_URL: postgres.url,
    TOPIC_REPLICATION: String(BROKERS),
  };
  const logFile = join(directory, 'deploy.log');
  await runCli({ args: ['deploy'], env: servers, logFile });
  const keyArguments = ['keys', 'create', '--tenant', 'integrity', '--quiet'];
  const apiKey = (await runCli({ args: keyArguments, env: servers, logFile })).trim();
  const instances = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      Instance.start({ ...servers, ...env }, join(directory, `command-api-${index}.log`)),
    ),
  );
  const stop = async () => {
    await Promise.all(instances.map(({ app }) => app.stop()));
    await registry.stop();
    await Promise.all([cluster.stop(), postgres.stop()]);
    await Promise.all(proxies.map((proxy) => proxy.close()));
  };
  return { cluster, kafkaDirectory, registryUrl: registry.url, proxies, instances, apiKey, stop };
}
