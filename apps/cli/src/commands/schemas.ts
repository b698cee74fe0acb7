import { Command } from 'commander';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { findingText, problemsOf, schemaSummary } from '#libs/contracts/schema-life';
import { cliSettings, print } from '../cli-settings.js';
import { checkRegistry, checkSchemas } from '../schema-check.js';
import { deployLog } from './log.js';

/** The exit code where schemas break a promise. 1 says that the check could not be made. */
const BROKEN = 2;

export function schemasCommand(): Command {
  return new Command('schemas')
    .description('check, register and list the Avro schemas of events')
    .addCommand(checkCommand())
    .addCommand(registerCommand())
    .addCommand(listCommand());
}

interface CheckOptions {
  readonly schemas?: string;
  readonly registry: boolean;
  readonly beforeDeploy?: boolean;
}

const checkCommand = (): Command =>
  new Command('check')
    .description(
      'compare the schemas with every version ever released and with the registry, and explain what breaks and how to fix it',
    )
    .option('--schemas <folder>', 'the folder of the schemas (default: that of this version)')
    .option('--no-registry', 'compare with the released versions alone, which needs no server')
    .option(
      '--before-deploy',
      'accept that the registry lacks what "orderstream deploy" is about to register',
    )
    .addHelpText(
      'after',
      `
Today's code must read every event ever written, and code built with any older version must read
today's events (FULL_TRANSITIVE). schemas/README.md says which changes are allowed.

Exit codes: 0 no problem; 2 a promise is broken, or the registry differs; 1 the check failed.`,
    )
    .action(async ({ schemas, registry, beforeDeploy = false }: CheckOptions) => {
      const checked = checkSchemas(schemas);
      const problems = problemsOf(checked);
      let summary = schemaSummary(checked);
      if (registry) {
        const { wrong, missing } = await checkRegistry(checked, cliSettings());
        problems.push(...[...wrong, ...(beforeDeploy ? [] : missing)].map(findingText));
        summary +=
          missing.length === 0 ? '; the registry has them' : `; ${missing.length} are to be registered`;
      }
      if (problems.length === 0) return print(summary);
      for (const problem of problems) print(`${problem}\n`);
      print(
        `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}; schemas/README.md has the rules`,
      );
      process.exitCode = BROKEN;
    });

const registerCommand = (): Command =>
  new Command('register')
    .description(
      'register the schemas of this version, as "orderstream deploy" does; registers none if one breaks a promise',
    )
    .action(() => deployLog(cliSettings()));

const listCommand = (): Command =>
  new Command('list').description('list event types with their topics and subjects').action(() => {
    for (const { eventType, topic, subject } of EVENT_CONTRACTS) print(`${eventType}  ${topic}  ${subject}`);
  });
