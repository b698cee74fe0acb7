import {
  type AvroSchema,
  type FieldSchema,
  fullNameOf,
  isArray,
  isMap,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from './avro-schema.js';

/** Thrown for a field that the schema does not have: writing the event without it would lose it for ever. */
export class UndeclaredFieldError extends Error {
  constructor(readonly field: string) {
    super(`field ${field} is not in the schema`);
  }
}

/** Between an event's data, with our names, and the fields of its record, with Avro's. */
export interface FieldNames {
  /** @throws {@link UndeclaredFieldError} */
  toAvro(data: object): Record<string, unknown>;
  toData(record: object): Record<string, unknown>;
}

/** The event's own metadata go beside its data, not into it. */
export function fieldNamesOf(schema: RecordSchema): FieldNames {
  const data = { ...schema, fields: schema.fields.filter(({ name }) => name !== METADATA_FIELD) };
  const toAvro = new Renamer(dataName, avroName).record(data);
  const toData = new Renamer(avroName, dataName).record(data);
  return {
    toAvro,
    toData: (record) => {
      const { [METADATA_FIELD]: _, ...fields } = record as Record<string, unknown>;
      return toData(fields);
    },
  };
}

type Naming = (field: FieldSchema) => string;
const avroName: Naming = ({ name }) => name;
const dataName: Naming = ({ name, dataName: other }) => other ?? name;

/** How a value changes on its way; `undefined` where it and all below it stay as they are. */
type Renaming = ((value: unknown) => unknown) | undefined;

/** Works out once, from the schema, what must be renamed where. */
class Renamer {
  readonly #records = new Map<string, Renaming>();

  constructor(
    private readonly from: Naming,
    private readonly to: Naming,
  ) {}

  record({ fields }: RecordSchema): (record: object) => Record<string, unknown> {
    const targets = new Map(
      fields.map((field) => [this.from(field), { name: this.to(field), renaming: this.any(field.type) }]),
    );
    return (record) => {
      const renamed: Record<string, unknown> = {};
      for (const [key, value] of Object.entries(record)) {
        const target = targets.get(key);
        if (!target) throw new UndeclaredFieldError(key);
        renamed[target.name] = target.renaming ? target.renaming(value) : value;
      }
      return renamed;
    };
  }

  private any(schema: AvroSchema): Renaming {
    // A name that stands for a record that came before; primitives are not among them.
    if (typeof schema === 'string') return this.#records.get(schema);
    if (isUnion(schema)) return this.union(schema);
    if (isRecord(schema)) {
      const renaming = this.nestedRecord(schema);
      this.#records.set(schema.name, renaming).set(fullNameOf(schema), renaming);
      return renaming;
    }
    if (isArray(schema)) {
      const rename = this.any(schema.items);
      return rename && ((value) => (Array.isArray(value) ? value.map(rename) : value));
    }
    if (isMap(schema)) {
      const rename = this.any(schema.values);
      return rename && ((value) => (isObject(value) ? mapValues(value, rename) : value));
    }
    return undefined;
  }

  private nestedRecord(schema: RecordSchema): Renaming {
    const rename = this.record(schema);
    const changes = schema.fields.some((field) => field.dataName !== undefined || this.any(field.type));
    return changes ? (value) => (isObject(value) ? rename(value) : value) : undefined;
  }

  /** A union with a renaming branch may only add null. Otherwise the value would not show which branch it belongs to. */
  private union(branches: readonly AvroSchema[]): Renaming {
    const renamings = branches.filter((branch) => branch !== 'null').map((branch) => this.any(branch));
    if (renamings.length > 1 && renamings.some(Boolean)) {
      throw new Error('dataName in a union of more than null and one record is not supported');
    }
    return renamings[0];
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapValues = (map: object, change: (value: unknown) => unknown): object =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
