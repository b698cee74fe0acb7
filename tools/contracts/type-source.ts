import {
  type AvroSchema,
  type EnumSchema,
  isArray,
  isEnum,
  isMap,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from '../../libs/contracts/avro-schema.js';

const PRIMITIVES: Readonly<Record<string, string>> = {
  null: 'null',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  bytes: 'Buffer',
  string: 'string',
};
/** The types that the codec gives logical types. A `uuid` stays a string. */
const LOGICAL_TYPES: Readonly<Record<string, string>> = { 'timestamp-millis': 'string' };

/** Writes the TypeScript types of one folder's records, each record once. */
export class TypeSource {
  readonly #declarations = new Map<string, string>();

  /** Adds a record and its nested records, without the event metadata, which is not part of the data. */
  add(schema: RecordSchema): void {
    const fields = schema.fields.filter(
      ({ name }) => schema.eventType === undefined || name !== METADATA_FIELD,
    );
    // Nested records come first, so that a reader meets the parts before the whole.
    const lines = fields.flatMap(({ name, dataName, type, doc }) => [
      ...comment(doc, '  '),
      `  readonly ${dataName ?? name}: ${this.typeOf(type)};`,
    ]);
    this.declare(schema.name, [...comment(schema.doc), `export interface ${schema.name} {`, ...lines, '}']);
  }

  toString(): string {
    return [...this.#declarations.values()].join('\n\n');
  }

  private typeOf(schema: AvroSchema): string {
    if (typeof schema === 'string') return PRIMITIVES[schema] ?? this.declared(schema);
    if (isUnion(schema)) return this.unionOf(schema);
    if (isArray(schema)) return `ReadonlyArray<${this.typeOf(schema.items)}>`;
    if (isMap(schema)) return `Readonly<Record<string, ${this.typeOf(schema.values)}>>`;
    if (isEnum(schema)) return this.addEnum(schema);
    if (isRecord(schema)) {
      this.add(schema);
      return schema.name;
    }
    const logical = 'logicalType' in schema ? LOGICAL_TYPES[schema.logicalType ?? ''] : undefined;
    return logical ?? this.typeOf(schema.type);
  }

  /** Null goes last, as in hand-written types. */
  private unionOf(branches: readonly AvroSchema[]): string {
    const types = new Set(branches.map((branch) => this.typeOf(branch)));
    const nullable = types.delete('null');
    return [...types, ...(nullable ? ['null'] : [])].join(' | ');
  }

  private addEnum({ name, doc, symbols }: EnumSchema): string {
    const union = symbols.map((symbol) => `'${symbol}'`).join(' | ');
    this.declare(name, [...comment(doc), `export type ${name} = ${union};`]);
    return name;
  }

  private declared(name: string): string {
    const local = name.slice(name.lastIndexOf('.') + 1);
    if (!this.#declarations.has(local)) throw new Error(`${name} is not known where it is named`);
    return local;
  }

  private declare(name: string, lines: readonly string[]): void {
    const declaration = lines.join('\n');
    const other = this.#declarations.get(name);
    if (other !== undefined && other !== declaration)
      throw new Error(`${name} has two different definitions`);
    this.#declarations.set(name, declaration);
  }
}

const comment = (doc: string | undefined, indent = ''): string[] =>
  doc === undefined ? [] : [`${indent}/** ${doc.replaceAll('*/', '* /')} */`];
