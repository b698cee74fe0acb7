/** A column's type, by what an event's decoded value looks like. Each can be null. */
export type ColumnType =
  | LeafType
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly kind: 'list'; readonly items: ColumnType }
  | { readonly kind: 'map'; readonly values: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly StructField[] };

interface LeafType {
  readonly kind: keyof typeof LEAF_SQL;
}

interface StructField {
  readonly name: string;
  readonly type: ColumnType;
}

/** `url` is a text that loses its query, `json` any value as text, `millis` a time as RFC 3339 text. */
const LEAF_SQL = {
  text: 'VARCHAR',
  url: 'VARCHAR',
  json: 'VARCHAR',
  uuid: 'UUID',
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  double: 'DOUBLE',
  bytes: 'BLOB',
  date: 'DATE',
  millis: 'TIMESTAMP',
  micros: 'TIMESTAMP',
} as const;

/** The type's name in DuckDB's SQL. */
export function sqlTypeOf(type: ColumnType): string {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'list':
      return `${sqlTypeOf(type.items)}[]`;
    case 'map':
      return `MAP(VARCHAR, ${sqlTypeOf(type.values)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quotedName(field.name)} ${sqlTypeOf(field.type)}`).join(', ')})`;
    default:
      return LEAF_SQL[type.kind];
  }
}

/** An identifier in SQL. */
export const quotedName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text in SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;
