import { fullNameOf, METADATA_FIELD, type RecordSchema } from '../avro-schema.js';
import { breaksBetween } from './compared-versions.js';
import type { SchemaBreak } from './schema-break.js';
import type { EventSchemaFile, SubjectReleases } from './schema-files.js';

/** A finding of the check of schemas: what it is about, what is wrong, why that matters, and what to do. */
export interface SchemaFinding {
  /** `orders/OrderConfirmed.avsc, field reason`. */
  readonly about: string;
  readonly problem: string;
  readonly why: string;
  readonly fix: string;
}

/**
 * Why the present schemas cannot be released: each must be compatible with every version of it that ever was
 * (Avro's FULL_TRANSITIVE), and no event may go away.
 */
export function brokenPromises(
  events: readonly EventSchemaFile[],
  releases: readonly SubjectReleases[],
): SchemaFinding[] {
  const current = new Map(events.map((event) => [event.subject, event]));
  return inShared(
    releases.flatMap(({ subject, versions }): Located[] => {
      const event = current.get(subject);
      if (!event) return [{ path: '', finding: goneFinding(subject, versions, events) }];
      return breaksOfVersions(event.schema, versions).map((broken) => ({
        path: event.path,
        finding: breakFinding(event.path, 'released', broken),
        ...(isOfMetadata(broken) && { shared: broken }),
      }));
    }),
  );
}

export interface BreakOfVersions extends SchemaBreak {
  /** Counted from 1. */
  readonly versions: readonly number[];
}

/** Each break once, with the versions that it concerns. */
export function breaksOfVersions(
  schema: RecordSchema,
  versions: readonly (RecordSchema | undefined)[],
): BreakOfVersions[] {
  const found = new Map<string, BreakOfVersions>();
  for (const [index, version] of versions.entries()) {
    if (version === undefined) continue;
    for (const broken of breaksBetween(version, schema)) {
      const key = JSON.stringify(broken);
      const known = found.get(key)?.versions ?? [];
      found.set(key, { ...broken, versions: [...known, index + 1] });
    }
  }
  return [...found.values()];
}

/** @param whose versions they are */
export function breakFinding(
  path: string,
  whose: 'released' | 'registered',
  { field, change, why, fix, versions }: BreakOfVersions,
): SchemaFinding {
  const about = `${path}, ${field === '' ? 'the event' : `field ${field}`}`;
  return { about, problem: `${change} (compared with ${whose} ${numbers(versions)})`, why, fix };
}

/** `versions 1, 2 and 5`. */
function numbers(versions: readonly number[]): string {
  const last = versions.at(-1);
  return versions.length < 2 ? `version ${last}` : `versions ${versions.slice(0, -1).join(', ')} and ${last}`;
}

interface Located {
  readonly path: string;
  readonly finding: SchemaFinding;
  /** A break in what all events share. */
  readonly shared?: BreakOfVersions;
}

const isOfMetadata = ({ field }: SchemaBreak): boolean => field.startsWith(`${METADATA_FIELD}.`);

/** A break in the metadata is one of every event: it is told once, of the file where it is. */
function inShared(found: readonly Located[]): SchemaFinding[] {
  const findings: SchemaFinding[] = [];
  const told = new Map<string, number>();
  for (const { finding, shared } of found) {
    if (!shared) findings.push(finding);
    else told.set(metadataBreakOf(shared), (told.get(metadataBreakOf(shared)) ?? 0) + 1);
  }
  for (const [text, events] of told) {
    const { field, change, why, fix } = JSON.parse(text) as SchemaBreak;
    const about = `metadata/EventMetadata.avsc, field ${field.slice(METADATA_FIELD.length + 1)}`;
    findings.push({
      about,
      problem: `${change} (compared with released versions of ${events} events)`,
      why,
      fix,
    });
  }
  return findings;
}

const metadataBreakOf = ({ versions: _, ...broken }: BreakOfVersions): string => JSON.stringify(broken);

/** A released event has no schema any more: it was renamed, moved or deleted. */
function goneFinding(
  subject: string,
  versions: readonly RecordSchema[],
  events: readonly EventSchemaFile[],
): SchemaFinding {
  const released = versions.at(-1);
  const name = released?.name ?? '';
  const topic = subject.slice(0, subject.length - (released ? fullNameOf(released).length : 0) - 1);
  const path = `${topic}/${name}.avsc`;
  const isOlder = ({ schema, eventType }: EventSchemaFile): boolean =>
    schema.name === name || eventType === released?.eventType;
  const now = events.find((event) => isOlder(event) && event.subject !== subject);
  if (!now)
    return {
      about: path,
      problem: `is gone, but was released as ${subject}`,
      why: "Its events are in logs for ever, and today's code could not read them.",
      fix: `Put the file back; its last version is released/${subject}/${versions.length}.avsc. Code may stop writing the event.`,
    };
  const isMove = now.folder !== topic;
  // The file may keep its name, though the record in it has another.
  const newName = now.path === path ? fullNameOf(now.schema) : now.path;
  const oldName = released && now.path === path ? fullNameOf(released) : name;
  return {
    about: path,
    problem: isMove ? `was moved to topic ${now.folder}, as ${now.path}` : `was renamed to ${newName}`,
    why: isMove
      ? `Readers of topic ${topic} would find no such event any more, its order with the other events of the topic would be lost, and today's code could not read the old ones there.`
      : `Avro knows a record by its name, and the registry by its subject: today's code could not read what was written as ${subject}.`,
    fix: `Put ${path} back${isMove ? '' : ` under its name ${oldName}`}. Add a new event with a name and type of its own${isMove ? ` to topic ${now.folder}` : ''}, and keep the old one readable.`,
  };
}
