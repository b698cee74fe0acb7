import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { Settings } from '#libs/platform';
import {
  ANALYST_NAME_RULE,
  AnalystAccess,
  type AnalystPlaces,
  type FoundAnalyst,
  groupPrefixOf,
  isAnalystName,
  principalOfAnalyst,
} from '../analysts/analyst-access.js';
import {
  type AnalystConnections,
  clientConfigurations,
  withoutUserInfo,
} from '../analysts/client-configurations.js';
import { audited } from '../audited.js';
import { cliSettings, print } from '../cli-settings.js';

/** At the brokers of `npm start -- --secure`. */
const PRINCIPAL = 'analysts';
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;

interface CreateOptions extends AnalystPlaces {
  readonly write?: string;
}

export function analystsCommand(): Command {
  return new Command('analysts')
    .description(
      'give people access that reads the event topics and the views of the database, and changes nothing',
    )
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(removeCommand());
}

const createCommand = (): Command =>
  withPlaces(new Command('create'))
    .description('create an analyst, and print what clients have to know; the password is shown once')
    .argument('<name>', ANALYST_NAME_RULE, parseName)
    .option('--write <folder>', 'write it into files of this folder in place of printing it')
    .action((name: string, { write: folder, ...places }: CreateOptions) => {
      const settings = cliSettings(PRINCIPAL);
      return AnalystAccess.with(settings, places, async (access) => {
        await access.check(name);
        const authorities = folder === undefined ? undefined : makeFolder(folder, settings);
        const object = { kind: 'analyst', id: name };
        await audited(settings, { act: 'analyst.created', command: 'analysts create', object }, async () => {
          const made = await access.create(name);
          const configurations = clientConfigurations(
            connectionsOf({ settings, places, name, authorities, ...made }),
          );
          for (const { client, file, text } of configurations)
            if (folder === undefined) print(`--- ${client}: ${file}\n${text}`);
            else writePrivately(join(folder, file), text);
          const files = configurations.map(({ file }) => file).join(', ');
          print(
            folder === undefined
              ? `analyst ${name} is made. The password will not be shown again. What to do with it: docs/analysts.md`
              : `analyst ${name} is made: ${files} are in ${folder}. What to do with them: docs/analysts.md`,
          );
        });
      });
    });

const listCommand = (): Command =>
  withPlaces(new Command('list'))
    .description('list analysts, and where they have access')
    .option('--json', 'print them as JSON')
    .action(({ json, ...places }: AnalystPlaces & { json?: boolean }) =>
      AnalystAccess.with(cliSettings(PRINCIPAL), places, async (access) => {
        const found = await access.list();
        if (json) return print(JSON.stringify(found, undefined, 2));
        for (const each of found) print(lineOf(each));
      }),
    );

const removeCommand = (): Command =>
  withPlaces(new Command('remove'))
    .description('take all access from an analyst, at once')
    .argument('<name>', ANALYST_NAME_RULE, parseName)
    .action((name: string, places: AnalystPlaces) => {
      const settings = cliSettings(PRINCIPAL);
      return AnalystAccess.with(settings, places, (access) => {
        const object = { kind: 'analyst', id: name };
        return audited(settings, { act: 'analyst.removed', command: 'analysts remove', object }, async () => {
          const isRemoved = await access.remove(name);
          if (!isRemoved) throw new Error(`there is no analyst ${name}`);
          print(`analyst ${name} is removed`);
        });
      });
    });

const withPlaces = (command: Command): Command =>
  command
    .option('--no-topics', 'leave the brokers alone')
    .option('--no-database', 'leave the database alone');

function lineOf({ name, topics, database }: FoundAnalyst): string {
  const password = topics?.hasPassword ? '' : ', NO PASSWORD';
  return [
    name,
    topics ? `topics: ${topics.principal}, ${topics.rights} rights${password}` : 'no topics',
    database ? `database: ${database.role}` : 'no database',
  ].join('  ');
}

interface MadeAnalyst {
  readonly settings: Settings;
  readonly places: AnalystPlaces;
  readonly name: string;
  readonly password: string;
  readonly role: string | undefined;
  /** A file with all authorities, in place of those that the settings name. */
  readonly authorities: string | undefined;
}

function connectionsOf(made: MadeAnalyst): AnalystConnections {
  const { settings, places, name, password, role, authorities } = made;
  const { kafka, database } = settings;
  const trusted = (caFile: string | undefined) => caFile && (authorities ?? resolve(caFile));
  return {
    name,
    registry: { url: withoutUserInfo(kafka.registry.url), caFile: trusted(kafka.registry.caFile) },
    ...(places.topics && {
      kafka: {
        brokers: kafka.brokers,
        username: principalOfAnalyst(name),
        password,
        groupPrefix: groupPrefixOf(name),
        caFile: trusted(kafka.tls?.caFile),
      },
    }),
    ...(role !== undefined && { databaseUrl: databaseUrlOf(database.url, role, password, trusted) }),
  };
}

function databaseUrlOf(
  url: string,
  role: string,
  password: string,
  trusted: (caFile: string | undefined) => string | undefined,
): string {
  const own = new URL(url);
  own.username = role;
  own.password = password;
  const authority = own.searchParams.get('sslrootcert');
  if (authority) own.searchParams.set('sslrootcert', trusted(authority) ?? authority);
  return own.href;
}

/** @returns the file with all authorities of the settings, if they name any */
function makeFolder(folder: string, { kafka, database }: Settings): string | undefined {
  mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
  const ofDatabase = new URL(database.url).searchParams.get('sslrootcert') ?? undefined;
  const files = [kafka.tls?.caFile, kafka.registry.caFile, ofDatabase].filter((file) => file !== undefined);
  if (files.length === 0) return undefined;
  const authorities = resolve(folder, 'ca.pem');
  writeFileSync(authorities, [...new Set(files.map((file) => readFileSync(file, 'utf8')))].join(''));
  return authorities;
}

/** One that is there may be open to others. */
function writePrivately(file: string, text: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: PRIVATE_FILE });
}

function parseName(text: string): string {
  if (!isAnalystName(text)) throw new InvalidArgumentError(`An analyst's name is ${ANALYST_NAME_RULE}.`);
  return text;
}
