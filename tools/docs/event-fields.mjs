/**
 * @typedef {import('#libs/contracts').RecordSchema} RecordSchema
 * @typedef {import('#libs/contracts').AvroSchema} AvroSchema
 */

const MARKS = {
  personal: 'personal',
  sealed: 'encrypted',
  withheld: 'for our own processes',
  queryHidden: 'without query',
};

/**
 * The fields of a record as a table of Markdown, those of records inside as `customer.email` and `items[].sku`.
 * @param {RecordSchema} schema
 * @param {readonly RecordSchema[]} versions all released ones, oldest first
 */
export function fieldTable(schema, versions) {
  const known = versions.map((version) => new Set(rowsOf(version).map(({ path }) => path)));
  const lines = rowsOf(schema).map(({ path, field }) => {
    const since = known.findIndex((paths) => paths.has(path)) + 1;
    const marks = Object.entries(MARKS).flatMap(([mark, word]) =>
      field[mark] === true ? [`**${word}**`] : [],
    );
    const other = field.dataName === undefined ? [] : [`\`${field.dataName}\` outside the topics`];
    const meaning = [
      field.doc,
      ...(marks.length + other.length > 0 ? [`${[...marks, ...other].join(', ')}.`] : []),
    ];
    return `| \`${path}\` | ${typeWords(field)} | ${since || 'new'} | ${meaning.join(' ').replaceAll('|', '\\|')} |`;
  });
  return `| field | type | since | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`;
}

/** @param {RecordSchema} schema */
function rowsOf(schema) {
  const named = new Map();
  const recordRows = (record, prefix) => {
    named.set(record.name, record);
    return record.fields
      .filter(({ name }) => prefix !== '' || record.eventType === undefined || name !== 'metadata')
      .flatMap((field) => {
        const path = `${prefix}${field.name}`;
        return [{ path, field }, ...insideRows(field.type, path)];
      });
  };
  /** @param {AvroSchema} type */
  const insideRows = (type, path) => {
    if (typeof type === 'string') return named.has(type) ? recordRows(named.get(type), `${path}.`) : [];
    if (Array.isArray(type)) return type.flatMap((branch) => insideRows(branch, path));
    if ('items' in type) return insideRows(type.items, `${path}[]`);
    if ('values' in type) return insideRows(type.values, `${path}{}`);
    return 'fields' in type ? recordRows(type, `${path}.`) : [];
  };
  return recordRows(schema, '');
}

const PRIMITIVES = {
  string: 'text',
  long: 'integer',
  int: 'integer',
  double: 'number',
  boolean: 'yes or no',
  'timestamp-millis': 'time',
  uuid: 'UUID',
};

/** With the unit, where there is one. */
function typeWords({ name, type, doc = '' }) {
  const unit = /minor units/.test(doc) ? ', minor units' : name.endsWith('Ms') ? ', milliseconds' : '';
  return `${wordsOf(type)}${unit}`;
}

/** @param {AvroSchema} type */
function wordsOf(type) {
  if (Array.isArray(type)) {
    const words = type.filter((branch) => branch !== 'null').map(wordsOf);
    return `${words.join(' or ')}${type.includes('null') ? '?' : ''}`;
  }
  if (typeof type === 'string') return PRIMITIVES[type] ?? 'record';
  if ('items' in type) return `list of ${wordsOf(type.items)}`;
  if ('values' in type) return `map of ${wordsOf(type.values)}`;
  if ('fields' in type) return 'record';
  if ('symbols' in type) return type.symbols.map((symbol) => `\`${symbol}\``).join(' or ');
  return PRIMITIVES[type.logicalType] ?? PRIMITIVES[type.type] ?? type.type;
}
