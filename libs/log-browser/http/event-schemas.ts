import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import { EVENT_CONTRACTS, type EventContract, fullNameOf, type RecordSchema } from '#libs/contracts';
import { LogEnvironment, type LogAgreement } from '#libs/kafka';
import { canonicalJson } from '#libs/kernel';
import { integerParameter } from '#libs/platform';
import { avroDifferences } from '../core/index.js';

const subjectFields = {
  subject: z.string().describe('In the schema registry: `<topic>-<namespace>.<Record>`.'),
  eventType: z.string(),
  topic: z.string(),
};

const versionFields = {
  version: z.int().min(1).describe('In the order in which they were registered, from 1.'),
  schemaId: z.int().describe('As in the bytes of each record.'),
  isCurrent: z.boolean().describe('Whether this release writes it.'),
};

export const schemaListSchema = z
  .object({
    items: z.array(z.object({ ...subjectFields, versions: z.array(z.object(versionFields)) })),
  })
  .meta({ id: 'EventSchemaList' });

const differenceSchema = z
  .object({
    kind: z.enum(['added', 'removed', 'changed']),
    path: z
      .array(z.string())
      .describe(
        'Names of fields from the record down; `[]` is inside an array, `{}` inside a map. An attribute may end it.',
      ),
    before: z.unknown().optional(),
    after: z.unknown().optional(),
  })
  .meta({ id: 'EventSchemaDifference' });

export const schemaVersionSchema = z
  .object({
    ...subjectFields,
    ...versionFields,
    schema: z.record(z.string(), z.unknown()).describe('The Avro schema, self-contained.'),
    differences: z
      .array(differenceSchema)
      .optional()
      .describe('To the version before. Absent for the first one.'),
  })
  .meta({ id: 'EventSchema' });

export const schemaVersionParametersSchema = z.strictObject({
  subject: z.string().max(300),
  version: integerParameter(1, 999_999, 'The number of the version.'),
});

export type SchemaListDocument = z.output<typeof schemaListSchema>;
export type SchemaVersionDocument = z.output<typeof schemaVersionSchema>;
export type SchemaVersionParameters = z.output<typeof schemaVersionParametersSchema>;

interface KnownVersion {
  readonly version: number;
  readonly schemaId: number;
  readonly isCurrent: boolean;
  readonly schema: RecordSchema;
}

/** The schemas of the log, from its manifest: it has each version that was ever registered, and needs no registry. */
@Injectable()
export class EventSchemas {
  constructor(
    @Inject(LogEnvironment) private readonly agreement: Pick<LogAgreement, 'manifest' | 'refreshed'>,
  ) {}

  /** Every subject, also one that has no event yet. @throws LogUnavailableError, as all methods */
  async list(): Promise<SchemaListDocument> {
    const versions = await this.#versions();
    const items = EVENT_CONTRACTS.map((contract) => ({
      ...subjectOf(contract),
      versions: (versions.get(contract.recordName) ?? []).map(({ schema: _, ...version }) => version),
    }));
    return { items: items.toSorted((a, b) => (a.subject < b.subject ? -1 : 1)) };
  }

  async find({ subject, version }: SchemaVersionParameters): Promise<SchemaVersionDocument | undefined> {
    const contract = EVENT_CONTRACTS.find((each) => each.subject === subject);
    const versions = contract && (await this.#versions()).get(contract.recordName);
    const found = versions?.[version - 1];
    if (!contract || !found) return undefined;
    const before = versions[version - 2];
    return {
      ...subjectOf(contract),
      ...found,
      schema: { ...found.schema },
      ...(before && {
        differences: avroDifferences(before.schema, found.schema).map(({ path, ...difference }) => ({
          ...difference,
          path: [...path],
        })),
      }),
    };
  }

  /** By the full name of the record, oldest first. An equal schema under a later id is no version of its own. */
  async #versions(): Promise<ReadonlyMap<string, readonly KnownVersion[]>> {
    const { schemas } = this.agreement.manifest ?? (await this.agreement.refreshed());
    const current = new Set(EVENT_CONTRACTS.map(({ schema }) => canonicalJson(schema)));
    const known = new Set<string>();
    const versions = new Map<string, KnownVersion[]>();
    for (const [schemaId, given] of [...schemas].toSorted(([a], [b]) => a - b)) {
      const schema = given as RecordSchema;
      const text = canonicalJson(schema);
      if (known.has(text)) continue;
      known.add(text);
      const name = fullNameOf(schema);
      const same = versions.get(name) ?? [];
      versions.set(name, same);
      same.push({ version: same.length + 1, schemaId, isCurrent: current.has(text), schema });
    }
    return versions;
  }
}

const subjectOf = ({ subject, eventType, topic }: EventContract) => ({ subject, eventType, topic });
