import { Command } from 'commander';
import {
  acceptPosition,
  acceptTopic,
  deployManifest,
  type Difference,
  LogEnvironment,
  type LogMemory,
  memoryDifferences,
  missingFrom,
  RegistryClient,
  withKafkaProtocol,
} from '#libs/kafka';
import { parsePosition, topicPartitionKey } from '#libs/kernel';
import { ProjectionCommands } from '#libs/projections/postgres';
import type { Settings } from '#libs/platform';
import type { PooledPrisma } from '#libs/postgres';
import { audited } from '../audited.js';
import { explainRefusal, refuseBrokenSchemas } from '../schema-check.js';
import { cliSettings, print } from '../cli-settings.js';
import { withEventLog, withLogMemory } from '../resources.js';

/**
 * Registers the schemas, records what the log depends on, and prints differences from earlier records. Exits with 1 if the
 * log is older than the database.
 * @throws if a schema breaks a promise: then none is registered
 */
export async function deployLog(settings: Settings): Promise<void> {
  refuseBrokenSchemas();
  const { registered, written, differences } = await deployManifest(settings).catch((error: unknown) =>
    explainRefusal(error, settings),
  );
  const regress = await withLogMemory(settings, (memory) =>
    withKafkaProtocol(settings.kafka, (protocol) => memoryDifferences(protocol, memory)),
  );
  if (regress.length > 0) process.exitCode = 1;
  for (const { subject, id } of registered) print(`schema ${subject}: id ${id}`);
  print(`log: ${written.length === 0 ? 'as it was written down' : `${written.length} entries written down`}`);
  for (const difference of [...regress, ...differences]) print(`  ${lineOf(difference)}`);
}

const lineOf = ({ level, about, is, follows, remedy }: Difference): string =>
  `${level === 'fail' ? 'WRONG' : 'warning'}: ${about}: ${is}; ${follows}. To fix it: ${remedy}`;

/** Exits with 1 if the log differs from what was written down, or a command had nothing to do. */
export function logCommand(): Command {
  const command = new Command('log').description(
    'compare the log with what was written down at deployment, and accept differences',
  );
  command
    .command('show', { isDefault: true })
    .description('show what was written down and what differs from it')
    .option('--json', 'print it as JSON')
    .action(({ json }: { json?: boolean }) => show(cliSettings(), json === true));
  command
    .command('accept <place>')
    .description(
      'continue without records that are gone or unreadable, such as orders/3@17, or accept a topic, such as orders, as it is now',
    )
    .option(
      '--partitions <number>',
      'for a topic: the number of partitions its streams are spread over',
      Number,
    )
    .action((place: string, { partitions }: { partitions?: number }) => {
      const settings = cliSettings();
      const object = { kind: parsePosition(place) ? 'position' : 'topic', id: place };
      return audited(settings, { act: 'log.accepted', command: 'log accept', object }, (prisma) =>
        accept(settings, prisma, place, partitions),
      );
    });
  return command;
}

const show = (settings: Settings, json: boolean): Promise<void> =>
  withLogMemory(settings, (memory) => showWith(settings, memory, json));

async function showWith(settings: Settings, memory: LogMemory, json: boolean): Promise<void> {
  await withKafkaProtocol(settings.kafka, async (protocol) => {
    const environment = new LogEnvironment(protocol, new RegistryClient(settings.kafka.registry));
    environment.remember(memory);
    await environment.check();
    const { manifest, differences } = environment;
    const missing = manifest && missingFrom(manifest);
    if (missing !== undefined || differences.some(({ level }) => level === 'fail')) process.exitCode = 1;
    const topics = Object.fromEntries(manifest?.topics ?? []);
    if (json) return print(JSON.stringify({ topics, missing, differences }, undefined, 2));
    for (const [topic, { partitions, begins, passed }] of Object.entries(topics)) {
      print(`topic ${topic}: ${partitions} partitions`);
      for (const [partition, offset] of Object.entries(begins))
        print(
          `  ${topicPartitionKey({ topic, partition: Number(partition) })} begins at ${offset}, by command`,
        );
      for (const place of passed) print(`  ${place} is passed over, by command`);
    }
    print(`schemas: ${manifest?.schemas.size ?? 0} ids`);
    if (missing !== undefined) print(`WRONG: ${missing}`);
    else
      print(
        differences.length === 0
          ? 'everything is as it was written down'
          : differences.map(lineOf).join('\n'),
      );
    print('this command reads no records: /health/ready, with an API key, lists those that stop an app');
  });
}

async function accept(
  settings: Settings,
  prisma: PooledPrisma,
  place: string,
  partitions: number | undefined,
): Promise<void> {
  const position = parsePosition(place);
  if (!position) return print(await acceptTopic(settings, place, partitions));
  if (partitions !== undefined) throw new Error('--partitions needs a topic, not a position');
  print(await withEventLog(settings, (log) => acceptPosition(settings, log, position)));
  const resumed = await new ProjectionCommands(prisma).retryAt(position);
  print(`${resumed} read models that had stopped there continue; other readers do within seconds`);
}
