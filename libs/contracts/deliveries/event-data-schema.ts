import {
  type AvroSchema,
  type FieldSchema,
  fullNameOf,
  isArray,
  isEnum,
  isHidden,
  isMap,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from '../avro-schema.js';

export type JsonSchema = Readonly<Record<string, unknown>>;

const PRIMITIVES: Readonly<Record<string, JsonSchema>> = {
  boolean: { type: 'boolean' },
  int: { type: 'integer', format: 'int32' },
  long: { type: 'integer', format: 'int64' },
  float: { type: 'number', format: 'float' },
  double: { type: 'number', format: 'double' },
  string: { type: 'string' },
};
const LOGICAL_TYPES: Readonly<Record<string, JsonSchema>> = {
  uuid: { type: 'string', format: 'uuid' },
  'timestamp-millis': { type: 'string', format: 'date-time' },
};

/**
 * JSON Schema of an event's public data ({@link publicData}): null fields are absent, hidden fields are left out.
 * Unknown fields are allowed, because a later version may add some.
 */
export const eventDataSchema = (schema: RecordSchema): JsonSchema => {
  const data = schema.fields.filter((field) => field.name !== METADATA_FIELD);
  return new Translation().record({ ...schema, fields: data });
};

class Translation {
  /** Avro defines a record at its first use and refers to it by name afterwards. */
  readonly #records = new Map<string, JsonSchema>();

  record({ doc, fields: all }: RecordSchema): JsonSchema {
    const fields = all.filter((field) => !isHidden(field));
    const required = fields.filter(({ type }) => !isNullable(type)).map(nameOf);
    return {
      type: 'object',
      ...(doc !== undefined && { description: doc }),
      properties: Object.fromEntries(fields.map((field) => [nameOf(field), this.field(field)])),
      ...(required.length > 0 && { required }),
    };
  }

  private field({ type, doc, queryHidden }: FieldSchema): JsonSchema {
    const shown = queryHidden ? 'The query is hidden.' : doc;
    return { ...this.any(type), ...(shown !== undefined && { description: shown }) };
  }

  private any(schema: AvroSchema): JsonSchema {
    if (typeof schema === 'string') return this.named(schema);
    if (isUnion(schema)) return this.union(schema);
    if (isArray(schema)) return { type: 'array', items: this.any(schema.items) };
    if (isMap(schema)) return { type: 'object', additionalProperties: this.any(schema.values) };
    // A later version may add symbols.
    if (isEnum(schema)) return { type: 'string', 'x-extensible-enum': schema.symbols };
    if (isRecord(schema)) {
      const record = this.record(schema);
      this.#records.set(schema.name, record).set(fullNameOf(schema), record);
      return record;
    }
    return LOGICAL_TYPES[schema.logicalType ?? ''] ?? this.named(schema.type);
  }

  private union(branches: readonly AvroSchema[]): JsonSchema {
    const shown = branches.filter((branch) => branch !== 'null').map((branch) => this.any(branch));
    const [first, ...others] = shown;
    return first && others.length === 0 ? first : { anyOf: shown };
  }

  private named(name: string): JsonSchema {
    const found = PRIMITIVES[name] ?? this.#records.get(name);
    if (!found) throw new Error(`${name} cannot be described`);
    return found;
  }
}

const nameOf = ({ name, dataName }: FieldSchema): string => dataName ?? name;

const isNullable = (type: AvroSchema): boolean => isUnion(type) && type.includes('null');
