import { Command } from 'commander';
import { parsePosition } from '#libs/kernel';
import { ProjectionCommands, type ProjectionStatusWithLag, withLag } from '#libs/projections/postgres';
import { READ_MODELS } from '#libs/projections/read-models';
import { parseStartAt, projectionStartPositions } from '#libs/projections/projector';
import { audited } from '../audited.js';
import { cliSettings, print } from '../cli-settings.js';
import { failureText } from '../command-failure.js';
import { withDatabase, withEventLog } from '../resources.js';
import { projectionsReport } from './projections-report.js';

/** Exits with 1 if a projection has stopped, if a lag is unknown, or if a command had nothing to do. */
export function projectionsCommand(): Command {
  const command = new Command('projections').description(
    'show where the read models stand, and resume those that have stopped',
  );
  command
    .command('list', { isDefault: true })
    .description('show how far each read model lags behind the log, and why one has stopped')
    .option('--json', 'print it as JSON')
    .action(({ json }: { json?: boolean }) => withCommands((commands) => list(commands, json === true)));
  command
    .command('retry <projection>')
    .description('retry the event at which it has stopped')
    .action((projection: string) =>
      changing('retry', projection, async (commands) => {
        const count = await commands.retry(projection);
        return conclude(
          count > 0,
          count > 0
            ? `${projection} retries in ${count} ${count === 1 ? 'partition' : 'partitions'}`
            : `${projection} has not stopped`,
        );
      }),
    );
  command
    .command('skip <projection> <position>')
    .description('skip the event at which it has stopped, such as orders/3@17, now and in every rebuild')
    .action((projection: string, text: string) =>
      changing('skip', projection, async (commands) => {
        const position = parsePosition(text);
        if (!position) throw new Error(`${text} is not a position such as orders/3@17`);
        const skipped = await commands.skip(projection, position);
        return conclude(
          skipped,
          skipped ? `${projection} skips ${text}` : `${projection} has not stopped at ${text}`,
        );
      }),
    );
  command
    .command('replay <projection>')
    .description(
      'have the projector of your own projection rebuild it beside the live one; it begins within seconds',
    )
    .option('--from <start>', 'beginning, a time, or positions such as orders/3@17,orders/4@0', 'beginning')
    .action((projection: string, { from }: { from: string }) =>
      changing('replay', projection, (commands) => replay(commands, projection, from)),
    );
  return command;
}

const withCommands = (work: (commands: ProjectionCommands) => Promise<void>): Promise<void> =>
  withDatabase(cliSettings(), (prisma) => work(new ProjectionCommands(prisma)));

const ACTS = {
  retry: 'projection.retried',
  skip: 'projection.skipped',
  replay: 'projection.replayed',
} as const;

/** @param work returns `false` if it had nothing to do */
const changing = (
  command: keyof typeof ACTS,
  projection: string,
  work: (commands: ProjectionCommands) => Promise<boolean>,
): Promise<void> =>
  audited(
    cliSettings(),
    { act: ACTS[command], command: `projections ${command}`, object: { kind: 'projection', id: projection } },
    (prisma) => work(new ProjectionCommands(prisma)),
  );

async function replay(commands: ProjectionCommands, projection: string, from: string): Promise<boolean> {
  if (READ_MODELS.some(({ name }) => name === projection))
    throw new Error(
      `${projection} is always built from the beginning: run "npx --no-install orderstream rebuild ${projection}"`,
    );
  const topics = await commands.topics(projection);
  if (topics.length === 0) return conclude(false, `no projector has started ${projection}`);
  const startAt = parseStartAt(from, topics);
  const start = await withEventLog(cliSettings(), (log) => projectionStartPositions(startAt, topics, log));
  await commands.replay(projection, start);
  return conclude(true, `${projection} will be rebuilt from ${from}`);
}

async function list(commands: ProjectionCommands, json: boolean): Promise<void> {
  const statuses = await statusesWithLag(commands);
  // Whoever asks by a script must not take what is unknown for well.
  if (statuses.some(({ fault, lag }) => fault !== undefined || lag === null)) process.exitCode = 1;
  if (json) return print(JSON.stringify(statuses, undefined, 2));
  for (const line of projectionsReport(statuses)) print(line);
}

/** The lag is unknown while Kafka does not answer; all else is in the database. */
async function statusesWithLag(commands: ProjectionCommands): Promise<ProjectionStatusWithLag[]> {
  const statuses = await commands.status();
  const topics = [...new Set(statuses.map(({ topic }) => topic))];
  if (topics.length === 0) return [];
  const ends = await withEventLog(cliSettings(), (log) => log.endOffsets(topics)).catch((error: Error) => {
    process.stderr.write(`the lag is unknown: ${failureText(error, cliSettings)}\n`);
    return undefined;
  });
  return withLag(statuses, ends);
}

function conclude(done: boolean, what: string): boolean {
  print(what);
  if (!done) process.exitCode = 1;
  return done;
}
