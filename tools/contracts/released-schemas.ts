import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordSchema } from './avro-schema.js';
import { incompatibilities } from './compatibility.js';
import { type EventSchemaFile, RELEASED_FOLDER } from './schema-files.js';

/** All released versions of one subject, oldest first. The version number is the index plus one. */
export interface SubjectReleases {
  readonly subject: string;
  readonly versions: readonly RecordSchema[];
}

/** Reads `schemas/released/`, where files are never changed or removed. */
export function readReleases(root: string): SubjectReleases[] {
  const folder = join(root, RELEASED_FOLDER);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .toSorted()
    .map((subject) => ({ subject, versions: readVersions(join(folder, subject)) }));
}

function readVersions(folder: string): RecordSchema[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.avsc'))
    .toSorted((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as RecordSchema);
}

/** Lists why the current schemas cannot be released: each must be compatible with all its released versions. */
export function brokenPromises(
  events: readonly EventSchemaFile[],
  releases: readonly SubjectReleases[],
): string[] {
  const current = new Map(events.map((event) => [event.subject, event]));
  return releases.flatMap(({ subject, versions }) => {
    const event = current.get(subject);
    if (!event) return [`${subject} was released: events of it are in logs, so its schema must stay`];
    return versions.flatMap((version, index) =>
      incompatibilities(version, event.schema).map(
        (reason) => `${event.path} against version ${index + 1}: ${reason}`,
      ),
    );
  });
}

/** The events whose schema differs from its newest snapshot. */
export function unreleased(
  events: readonly EventSchemaFile[],
  releases: readonly SubjectReleases[],
): EventSchemaFile[] {
  const newest = new Map(releases.map(({ subject, versions }) => [subject, versions.at(-1)]));
  return events.filter(({ subject, schema }) => pretty(schema) !== pretty(newest.get(subject)));
}

/** Adds the next snapshot of an event's schema and returns its path under the root. */
export function writeSnapshot(root: string, { subject, schema }: EventSchemaFile): string {
  const folder = join(RELEASED_FOLDER, subject);
  mkdirSync(join(root, folder), { recursive: true });
  const path = join(folder, `${readVersions(join(root, folder)).length + 1}.avsc`);
  writeFileSync(join(root, path), pretty(schema), { flag: 'wx' });
  return path;
}

/** Keeps the order of attributes, because a registry treats another order as another version. */
const pretty = (schema: RecordSchema | undefined): string => `${JSON.stringify(schema, null, 2)}\n`;
