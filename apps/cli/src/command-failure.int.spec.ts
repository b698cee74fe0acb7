import { LogUnavailableError } from '#libs/kernel';
import { useDatabase } from '#libs/testing';
import type { Command } from 'commander';
import { cliSettings } from './cli-settings.js';
import { failureText } from './command-failure.js';
import { deployCommand, topicsCommand } from './commands/deploy.js';
import { doctorCommand } from './commands/doctor.js';
import { keysCommand } from './commands/keys.js';
import { logCommand } from './commands/log.js';
import { projectionsCommand } from './commands/projections.js';
import { rebuildCommand } from './commands/rebuild.js';
import { schemasCommand } from './commands/schemas.js';
import { verifyCommand } from './commands/verify.js';

/** Below those that systems give out, and none that `fetch` refuses to call. */
const NOBODY = '127.0.0.1:1029';
const AWAY = {
  KAFKA_BROKERS: NOBODY,
  SCHEMA_REGISTRY_URL: `http://${NOBODY}`,
  DATABASE_URL: `postgresql://user:hidden@${NOBODY}/orderstream`,
};

const { url } = await useDatabase(1);

describe('a command without the server it needs', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  async function failure(setting: keyof typeof AWAY, command: Command, args: string[]): Promise<string> {
    // These commands record their act in the database first.
    process.env = { ...before, DATABASE_URL: url, [setting]: AWAY[setting] };
    const error: unknown = await command
      .parseAsync(args, { from: 'user' })
      .catch((thrown: unknown) => thrown);
    return failureText(error, cliSettings);
  }

  it.each<[string, Command, string[]]>([
    ['keys list', keysCommand(), ['list']],
    ['keys create', keysCommand(), ['create', '--tenant', 'acme']],
    ['projections', projectionsCommand(), ['list']],
    ['projections replay', projectionsCommand(), ['replay', 'customer-spending']],
    ['deploy', deployCommand(), []],
    ['rebuild', rebuildCommand(), ['orders']],
    ['verify', verifyCommand(), ['orders']],
  ])('says so of Postgres: %s', async (_, command, args) => {
    expect(await failure('DATABASE_URL', command, args)).toMatch(
      /^Cannot use Postgres at 127\.0\.0\.1:1029\/orderstream: [^\n]*127\.0\.0\.1:1029\. Start the system with "npm start", or set DATABASE_URL\.$/,
    );
  });

  it.each<[string, Command, string[]]>([
    ['topics create', topicsCommand(), ['create']],
    ['log', logCommand(), ['show']],
    ['log accept', logCommand(), ['accept', 'orders/3@17']],
    ['doctor', doctorCommand(), []],
    ['verify', verifyCommand(), ['orders']],
  ])('says so of Kafka: %s', async (_, command, args) => {
    expect(await failure('KAFKA_BROKERS', command, args)).toMatch(
      /^Cannot use Kafka at 127\.0\.0\.1:1029: [^\n]*127\.0\.0\.1:1029\. Start the system with "npm start", or set KAFKA_BROKERS\.$/,
    );
  });

  it.each(['register', 'check'])('says so of the schema registry: schemas %s', async (command) => {
    expect(await failure('SCHEMA_REGISTRY_URL', schemasCommand(), [command])).toMatch(
      /^Cannot use the schema registry at http:\/\/127\.0\.0\.1:1029: [^\n]*127\.0\.0\.1:1029\. Start .* SCHEMA_REGISTRY_URL\.$/,
    );
  });
});

describe('a command that fails otherwise', () => {
  it.each([
    ['there is no projection x', new Error('there is no projection x')],
    ['TypeError: x is not a function', new TypeError('x is not a function')],
    ['topic orders is not deployed', new LogUnavailableError('topic orders is not deployed')],
  ])('says why: %s', (text, error) => expect(failureText(error, cliSettings)).toBe(text));
});
