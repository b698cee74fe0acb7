import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generated-files.js';
import { brokenPromises, readReleases, unreleased, writeSnapshot } from './released-schemas.js';
import { readSchemaFiles, type SchemaFiles } from './schema-files.js';
import { brokenRules } from './schema-rules.js';

export interface Places {
  /** The folder `schemas/`. */
  readonly schemas: string;
  /** The folder of the generated modules. It holds nothing else. */
  readonly generated: string;
}

/** The result of a command: its problems, a line each, or else a summary. */
export interface ContractsReport {
  readonly problems: readonly string[];
  readonly summary: string;
}

/** Generates the TypeScript modules of the schemas. */
export function generate({ schemas, generated }: Places): ContractsReport {
  const files = readSchemaFiles(schemas);
  const problems = brokenRules(files);
  if (problems.length > 0) return { problems, summary: 'nothing generated' };
  const modules = generatedFiles(files);
  mkdirSync(generated, { recursive: true });
  for (const name of strangers(generated, modules)) rmSync(join(generated, name));
  for (const [name, text] of modules) writeFileSync(join(generated, name), text);
  return { problems, summary: `${modules.size} modules of ${files.events.length} events generated` };
}

/** Checks that schemas, snapshots and generated code agree. Changes nothing. */
export function check({ schemas, generated }: Places): ContractsReport {
  const files = readSchemaFiles(schemas);
  const releases = readReleases(schemas);
  const problems = [
    ...brokenRules(files),
    ...brokenPromises(files.events, releases),
    ...unreleased(files.events, releases).map(({ path, subject }) => {
      const isReleased = releases.some((release) => release.subject === subject);
      const state = isReleased ? 'has changed since its last release' : 'has not been released yet';
      return `${path} ${state}: run npm run contracts:release`;
    }),
  ];
  if (problems.length === 0) problems.push(...outdated(generated, files));
  const snapshots = releases.reduce((sum, { versions }) => sum + versions.length, 0);
  return { problems, summary: `${files.events.length} events agree with ${snapshots} released schemas` };
}

/** Adds a snapshot of each changed schema, unless an older version is incompatible. */
export function release({ schemas }: Places): ContractsReport {
  const files = readSchemaFiles(schemas);
  const releases = readReleases(schemas);
  const problems = [...brokenRules(files), ...brokenPromises(files.events, releases)];
  if (problems.length > 0) return { problems, summary: 'nothing released' };
  const written = unreleased(files.events, releases).map((event) => writeSnapshot(schemas, event));
  return {
    problems,
    summary: written.length === 0 ? 'nothing new to release' : `released ${written.join(', ')}`,
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
