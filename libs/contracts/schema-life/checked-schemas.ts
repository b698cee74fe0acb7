import type { RecordSchema } from '../avro-schema.js';
import { brokenPromises, type SchemaFinding } from './broken-promises.js';
import {
  type EventSchemaFile,
  releasePath,
  releasesOf,
  type SchemaFiles,
  schemaFilesOf,
  type SchemaTexts,
  type SubjectReleases,
} from './schema-files.js';
import { brokenRules } from './schema-rules.js';

/** The schemas of a folder, and what is wrong with them. */
export interface CheckedSchemas {
  readonly files: SchemaFiles;
  readonly releases: readonly SubjectReleases[];
  /** Rules that a schema by itself does not keep, a line each. */
  readonly brokenRules: readonly string[];
  readonly brokenPromises: readonly SchemaFinding[];
  /** Events whose schema differs from its newest released version. */
  readonly unreleased: readonly EventSchemaFile[];
}

export function checkedSchemas(texts: SchemaTexts): CheckedSchemas {
  const [files, releases] = [schemaFilesOf(texts), releasesOf(texts)];
  return {
    files,
    releases,
    brokenRules: brokenRules(files),
    // Not every command asks, and it takes a moment.
    get brokenPromises() {
      return brokenPromises(files.events, releases);
    },
    unreleased: unreleasedEvents(files.events, releases),
  };
}

/** Everything that must be mended, as text for people. */
export const problemsOf = (checked: CheckedSchemas): string[] => [
  ...checked.brokenRules,
  ...checked.brokenPromises.map(findingText),
  ...checked.unreleased.map((event) => unreleasedText(event, checked.releases)),
];

export const findingText = ({ about, problem, why, fix }: SchemaFinding): string =>
  `${about}: ${problem}.\n  Why it matters: ${why}\n  To fix it: ${fix}`;

/** The counts of a check without problems. */
export function schemaSummary({ files, releases }: CheckedSchemas): string {
  const snapshots = releases.reduce((sum, { versions }) => sum + versions.length, 0);
  return `${files.events.length} events agree with ${snapshots} released schemas`;
}

/** The next snapshot of an event's schema: its path under `schemas/`, and its text. */
export function nextRelease(
  { subject, schema }: EventSchemaFile,
  releases: readonly SubjectReleases[],
): { readonly path: string; readonly text: string } {
  const known = releases.find((release) => release.subject === subject)?.versions.length ?? 0;
  return { path: releasePath(subject, known + 1), text: pretty(schema) };
}

function unreleasedEvents(
  events: readonly EventSchemaFile[],
  releases: readonly SubjectReleases[],
): EventSchemaFile[] {
  const newest = new Map(releases.map(({ subject, versions }) => [subject, versions.at(-1)]));
  return events.filter(({ subject, schema }) => pretty(schema) !== pretty(newest.get(subject)));
}

function unreleasedText({ path, subject }: EventSchemaFile, releases: readonly SubjectReleases[]): string {
  const isReleased = releases.some((release) => release.subject === subject);
  const state = isReleased ? 'has changed since its last release' : 'has not been released yet';
  return `${path} ${state}: run npm run contracts:release`;
}

/** Keeps the order of attributes, because a registry treats another order as another version. */
const pretty = (schema: RecordSchema | undefined): string => `${JSON.stringify(schema, null, 2)}\n`;
