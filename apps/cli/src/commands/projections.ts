import { Command } from 'commander';
import { formatPosition, parsePosition } from '#libs/kernel';
import { makePrisma, ProjectionCommands } from '#libs/persistence';
import { cliSettings, print } from '../cli-settings.js';

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

async function list(commands: ProjectionCommands, json: boolean): Promise<void> {
  const statuses = await commands.status();
  if (statuses.some(({ fault }) => fault)) process.exitCode = 1;
  if (json) {
    print(JSON.stringify(statuses, undefined, 2));
    return;
  }
  for (const { projection, version, live, topic, partition, nextOffset, fault } of statuses) {
    const place = `${projection} v${version}${live ? '' : ' (being built)'} ${topic}/${partition}`;
    const stopped =
      fault && `stopped at ${formatPosition({ topic, partition, offset: fault.offset })}: ${fault.reason}`;
    print(`${place}: ${stopped ?? `next is ${nextOffset}`}`);
  }
}

function conclude(done: boolean, what: string): void {
  print(what);
  if (!done) process.exitCode = 1;
}
