import { Command, Option } from 'commander';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { type Bound, STARTER_QUERIES, type StarterQuery } from '#libs/export/core';
import type { SqlSession } from '#libs/export/duckdb';
import { formatPosition, systemClock } from '#libs/kernel';
import { cliSettings, print } from '../cli-settings.js';
import { OffsetsBar } from '../offsets-bar.js';
import { interruptible, withEventLog } from '../resources.js';
import { queryRows } from '../sql/query-rows.js';
import { RESULT_FORMATS, type ResultFormat, resultText } from '../sql/result-text.js';
import { parseBoundOption, parseTopics } from './export.js';

interface Options {
  readonly dir?: string;
  readonly topics?: readonly string[];
  readonly from?: Bound;
  readonly to?: Bound;
  readonly query?: string;
  readonly list?: boolean;
  readonly format?: ResultFormat;
}

const QUERY_NAMES = STARTER_QUERIES.map(({ name }) => name);

/** Rows go to stdout; what was read, and what could not be read, to stderr. */
export function sqlCommand(): Command {
  return new Command('sql')
    .description('query events by SQL, in an export or straight in the log')
    .argument('[sql]', 'what to ask, in DuckDB’s SQL: each event type and each topic is a view')
    .addOption(new Option('--dir <dir>', 'folder of an export to ask').conflicts(['topics', 'from', 'to']))
    .option('--topics <list>', 'topics to read from the log, separated by commas', parseTopics)
    .option('--from <bound>', 'read events from there on, as for an export', parseBoundOption)
    .option('--to <bound>', 'read events before there, as for an export', parseBoundOption)
    .addOption(new Option('--query <name>', 'ask a ready question').choices(QUERY_NAMES).conflicts('list'))
    .option('--list', 'list the ready questions')
    .addOption(
      new Option(
        '--format <format>',
        'format of the rows (default: table, and chart of ready questions)',
      ).choices(RESULT_FORMATS),
    )
    .action(ask);
}

async function ask(sql: string | undefined, options: Options): Promise<void> {
  if (options.list) return print(listText());
  const ready = STARTER_QUERIES.find(({ name }) => name === options.query);
  const question = ready?.sql ?? sql;
  if (question === undefined || (ready && sql !== undefined))
    throw new Error(`say what to ask: SQL, or --query with one of ${QUERY_NAMES.join(', ')}`);
  const session = await open(options, question, ready);
  try {
    tell(session);
    const rows = queryRows(await session.run(question));
    print(resultText(rows, options.format ?? (ready ? 'chart' : 'table')));
  } finally {
    await session.close();
  }
}

const listText = (): string =>
  STARTER_QUERIES.map(({ name, about, topics, sql }) =>
    [
      `${name}: ${about}`,
      `  --topics ${topics.join(',')}`,
      ...sql.split('\n').map((line) => `    ${line}`),
    ].join('\n'),
  ).join('\n\n');

async function open(options: Options, sql: string, ready: StarterQuery | undefined): Promise<SqlSession> {
  const topics = options.topics ?? ready?.topics;
  // DuckDB takes a moment to load, which no other command should wait for.
  const { openExportSql, openLogSql } = await import('#libs/export/duckdb');
  if (options.dir !== undefined) return openExportSql(options.dir, EVENT_CONTRACTS);
  if (!topics) throw new Error('say where to look: --dir with the folder of an export, or --topics');
  const bar = new OffsetsBar('reading');
  const { from, to } = options;
  try {
    return await interruptible((signal) =>
      withEventLog(
        cliSettings(),
        (log) =>
          openLogSql(
            { topics, from, to, sql },
            {
              log,
              contracts: EVENT_CONTRACTS,
              clock: systemClock,
              random: Math.random,
              signal,
              progress: ({ done, total }) => bar.show(done, total),
            },
          ),
        signal,
      ),
    );
  } finally {
    bar.end();
  }
}

const MOST_LISTED = 5;

function tell({ until, events, rejected }: SqlSession): void {
  const lines = [`${events.toLocaleString('en')} events before ${until.join(',')}`];
  if (rejected.length > 0) lines.push(`${rejected.length} records cannot be read as events:`);
  for (const { position, reason } of rejected.slice(0, MOST_LISTED))
    lines.push(`  ${formatPosition(position)}: ${reason}`);
  process.stderr.write(`${lines.join('\n')}\n`);
}
