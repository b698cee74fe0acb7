import { canonicalJson } from '#libs/kernel';
import type { RecordSchema } from '../avro-schema.js';
import { breakFinding, breaksOfVersions, type SchemaFinding } from './broken-promises.js';
import type { EventSchemaFile, SubjectReleases } from './schema-files.js';

/** What the registry has under a subject. */
export interface RegisteredSubject {
  readonly subject: string;
  /** Oldest first; empty if it does not know the subject. */
  readonly versions: readonly { readonly version: number; readonly schema: object }[];
  /** Its compatibility level in capitals; `undefined` if it has none of its own. */
  readonly level: string | undefined;
}

export const REQUIRED_LEVEL = 'FULL_TRANSITIVE';

export interface RegistryDifferences {
  /** What nobody mends by registering. */
  readonly wrong: readonly SchemaFinding[];
  /** What the next registration adds. */
  readonly missing: readonly SchemaFinding[];
}

/**
 * Compares the present schemas, and all released versions of them, with what the registry has. A registry may write the
 * attributes of a schema in another order.
 */
export function registryDifferences(
  events: readonly EventSchemaFile[],
  releases: readonly SubjectReleases[],
  registered: readonly RegisteredSubject[],
): RegistryDifferences {
  const bySubject = new Map(registered.map((subject) => [subject.subject, subject]));
  const released = new Map(releases.map(({ subject, versions }) => [subject, versions]));
  const wrong: SchemaFinding[] = [];
  const missing: SchemaFinding[] = [];
  for (const event of events) {
    const known = bySubject.get(event.subject);
    const ours = [...(released.get(event.subject) ?? []), event.schema].map(canonicalJson);
    if (!known || known.versions.length === 0) {
      missing.push(unknownSubject(event));
      continue;
    }
    wrong.push(...foreignVersions(event, known, new Set(ours)));
    if (!known.versions.some(({ schema }) => canonicalJson(schema) === canonicalJson(event.schema)))
      missing.push(unregisteredVersion(event));
    if (known.level !== REQUIRED_LEVEL) wrong.push(wrongLevel(event, known.level));
  }
  return { wrong, missing };
}

/** Versions that nobody released here, and what they break. */
function foreignVersions(
  { path, subject, schema }: EventSchemaFile,
  { versions }: RegisteredSubject,
  ours: ReadonlySet<string>,
): SchemaFinding[] {
  const foreign = versions.filter((each) => !ours.has(canonicalJson(each.schema)));
  const byNumber: (RecordSchema | undefined)[] = [];
  for (const each of foreign) byNumber[each.version - 1] = each.schema as RecordSchema;
  return [
    ...foreign.map(({ version }) => ({
      about: path,
      problem: `the registry has another schema as version ${version} of ${subject}, which was never released here`,
      why: 'Somebody else registered it, or a newer version of Orderstream: events may be in the log that this version does not know how to read.',
      fix: `If a newer version of Orderstream is deployed, run this check with that one. If not, find out who registers schemas: only "orderstream deploy" should.`,
    })),
    ...breaksOfVersions(schema, byNumber).map((broken) => breakFinding(path, 'registered', broken)),
  ];
}

const REGISTER = 'Run "orderstream schemas register"; "orderstream deploy" does it too.';

const unknownSubject = ({ path, subject }: EventSchemaFile): SchemaFinding => ({
  about: path,
  problem: `the registry does not know ${subject}`,
  why: 'Clients that ask the registry cannot decode these events.',
  fix: REGISTER,
});

const unregisteredVersion = ({ path, subject }: EventSchemaFile): SchemaFinding => ({
  about: path,
  problem: `the registry does not have its present schema among the versions of ${subject}`,
  why: 'Clients that ask the registry cannot decode what this version of Orderstream writes.',
  fix: REGISTER,
});

const wrongLevel = ({ path, subject }: EventSchemaFile, level: string | undefined): SchemaFinding => ({
  about: path,
  problem: `the registry has ${level === undefined ? 'no compatibility level' : `the compatibility level ${level}`} for ${subject}, in place of ${REQUIRED_LEVEL}`,
  why: 'It would accept a schema from anybody that breaks readers of events that are in the log.',
  fix: `${REGISTER} It sets the level again.`,
});
