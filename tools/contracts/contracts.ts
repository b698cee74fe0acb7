import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
// Only files that need neither a build nor the generated code, so that this runs while either is missing or broken.
import {
  checkedSchemas,
  findingText,
  nextRelease,
  problemsOf,
  schemaSummary,
} from '../../libs/contracts/schema-life/checked-schemas.js';
import type { SchemaFiles } from '../../libs/contracts/schema-life/schema-files.js';
import { readSchemaTexts } from '../../libs/kafka/registry/schema-folder.js';
import { generatedFiles } from './generated-files.js';

export interface Places {
  /** The folder `schemas/`. */
  readonly schemas: string;
  /** The folder of the generated modules. It holds nothing else. */
  readonly generated: string;
}

/** The result of a command: its problems, or else a summary. */
export interface ContractsReport {
  readonly problems: readonly string[];
  readonly summary: string;
}

/** Generates the TypeScript modules of the schemas. */
export function generate({ schemas, generated }: Places): ContractsReport {
  const { files, brokenRules: problems } = checkedSchemas(readSchemaTexts(schemas));
  if (problems.length > 0) return { problems, summary: 'nothing generated' };
  const modules = generatedFiles(files);
  mkdirSync(generated, { recursive: true });
  for (const name of strangers(generated, modules)) rmSync(join(generated, name));
  for (const [name, text] of modules) writeFileSync(join(generated, name), text);
  return { problems, summary: `${modules.size} modules of ${files.events.length} events generated` };
}

/** Checks that schemas, snapshots and generated code agree. Changes nothing. */
export function check({ schemas, generated }: Places): ContractsReport {
  const checked = checkedSchemas(readSchemaTexts(schemas));
  const problems = problemsOf(checked);
  if (problems.length === 0) problems.push(...outdated(generated, checked.files));
  return { problems, summary: schemaSummary(checked) };
}

/** Adds a snapshot of each changed schema, unless an older version is incompatible. */
export function release({ schemas }: Places): ContractsReport {
  const { brokenRules, brokenPromises, unreleased, releases } = checkedSchemas(readSchemaTexts(schemas));
  const problems = [...brokenRules, ...brokenPromises.map(findingText)];
  if (problems.length > 0) return { problems, summary: 'nothing released' };
  const written = unreleased.map((event) => nextRelease(event, releases));
  for (const { path, text } of written) {
    mkdirSync(dirname(join(schemas, path)), { recursive: true });
    writeFileSync(join(schemas, path), text, { flag: 'wx' });
  }
  return {
    problems,
    summary:
      written.length === 0
        ? 'nothing new to release'
        : `released ${written.map(({ path }) => path).join(', ')}`,
  };
}

function outdated(generated: string, files: SchemaFiles): string[] {
  const modules = generatedFiles(files);
  const stale = [...modules].filter(([name, text]) => {
    const path = join(generated, name);
    return !existsSync(path) || readFileSync(path, 'utf8') !== text;
  });
  return [...stale.map(([name]) => name), ...strangers(generated, modules)].map(
    (name) => `generated/${name} is out of date: run npm run contracts`,
  );
}

const strangers = (generated: string, modules: ReadonlyMap<string, string>): string[] =>
  existsSync(generated) ? readdirSync(generated).filter((name) => !modules.has(name)) : [];
