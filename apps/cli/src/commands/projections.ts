import { Command } from 'commander';
import { formatPosition, parsePosition } from '#libs/kernel';
import { makePrisma, NO_VERSION, ProjectionCommands, READ_MODELS } from '#libs/persistence';
import { parseStartAt, projectionStartPositions } from '#libs/projecting';
import { cliSettings, print } from '../cli-settings.js';
import { withEventLog } from '../event-log.js';

/** Exits with 1 when a projection has stopped, or a command had nothing to do. */
export function projectionsCommand(): Command {
  const command = new Command('projections').description(
    'say where the read models stand, and have them go on',
  );
  command
    .command('list', { isDefault: true })
    .description('where each read model stands, and why, if it has stopped')
    .option('--json', 'print it as JSON')
    .action(({ json }: { json?: boolean }) => withCommands((commands) => list(commands, json === true)));
  command
    .command('retry <projection>')
    .description('try again where it has stopped')
    .action((projection: string) =>
      withCommands(async (commands) => {
        const count = await commands.retry(projection);
        conclude(
          count > 0,
          count > 0 ? `${projection} tries again in ${count} partitions` : `${projection} has not stopped`,
        );
      }),
    );
  command
    .command('skip <projection> <position>')
    .description('leave out the event at which it has stopped, such as orders/3@17, now and in every rebuild')
    .action((projection: string, text: string) =>
      withCommands(async (commands) => {
        const position = parsePosition(text);
        if (!position) throw new Error(`${text} is no position, such as orders/3@17`);
        const skipped = await commands.skip(projection, position);
        conclude(
          skipped,
          skipped ? `${projection} leaves out ${text}` : `${projection} has not stopped at ${text}`,
        );
      }),
    );
  command
    .command('replay <projection>')
    .description(
      'build a projection of your own anew, beside the live one: its projector does it, within seconds',
    )
    .option('--from <start>', 'beginning, a time, or positions such as orders/3@17,orders/4@0', 'beginning')
    .action((projection: string, { from }: { from: string }) =>
      withCommands((commands) => replay(commands, projection, from)),
    );
  return command;
}

async function withCommands(work: (commands: ProjectionCommands) => Promise<void>): Promise<void> {
  const prisma = makePrisma({ ...cliSettings().database, poolSize: 1 });
  try {
    await work(new ProjectionCommands(prisma));
  } finally {
    await prisma.$disconnect();
  }
}

async function replay(commands: ProjectionCommands, projection: string, from: string): Promise<void> {
  if (READ_MODELS.some(({ name }) => name === projection))
    throw new Error(`${projection} is always built from the beginning: orderstream rebuild ${projection}`);
  const topics = await commands.topics(projection);
  if (topics.length === 0) return conclude(false, `no projector has begun ${projection}`);
  const startAt = parseStartAt(from, topics);
  const start = await withEventLog(cliSettings(), (log) => projectionStartPositions(startAt, topics, log));
  await commands.replay(projection, start);
  conclude(true, `${projection} is to be built anew from ${from}`);
}

async function list(commands: ProjectionCommands, json: boolean): Promise<void> {
  const statuses = await commands.status();
  if (statuses.some(({ fault }) => fault)) process.exitCode = 1;
  if (json) {
    print(JSON.stringify(statuses, undefined, 2));
    return;
  }
  for (const { projection, version, live, topic, partition, nextOffset, fault } of statuses) {
    const build = live ? `v${version}` : `v${version} (being built)`;
    const place = `${projection} ${version === NO_VERSION ? '(to be built anew)' : build} ${topic}/${partition}`;
    const stopped =
      fault && `stopped at ${formatPosition({ topic, partition, offset: fault.offset })}: ${fault.reason}`;
    print(`${place}: ${stopped ?? `next is ${nextOffset}`}`);
  }
}

function conclude(done: boolean, what: string): void {
  print(what);
  if (!done) process.exitCode = 1;
}
