import {
  type AvroSchema,
  type FieldSchema,
  isArray,
  isRecord,
  isUnion,
  METADATA_FIELD,
  type RecordSchema,
} from './avro-schema.js';
import { EVENT_CONTRACTS } from './generated/catalogue.js';

/** Stands in for a personal text, which thus stays a text. */
export const HIDDEN_TEXT = '•••';

/**
 * Where personal data is, as the schemas mark it. Documents of queries have the same field names as events, so the same
 * names tell where it is in them.
 */
interface PersonalFields {
  /** Of a record within another one, by the name under which it is there: `customer` has `email` and `name`. */
  readonly within: ReadonlyMap<string, ReadonlySet<string>>;
  /** Of a record itself, with the ids beside which it is: `to` is an address beside a `notificationId` only. */
  readonly beside: ReadonlyMap<string, ReadonlySet<string>>;
  readonly names: ReadonlySet<string>;
}

const nameOf = ({ dataName, name }: FieldSchema): string => dataName ?? name;

function personalFieldsOf(schemas: readonly RecordSchema[]): PersonalFields {
  const within = new Map<string, Set<string>>();
  const beside = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, key: string, name: string) =>
    to.set(key, (to.get(key) ?? new Set()).add(name));
  const visit = ({ fields }: RecordSchema, holder: string | undefined, id: string): void => {
    for (const field of fields) {
      const name = nameOf(field);
      if (field.personal && holder === undefined) add(beside, name, id);
      else if (field.personal) add(within, holder as string, name);
      for (const record of recordsIn(field.type)) visit(record, name, id);
    }
  };
  for (const schema of schemas) {
    const fields = schema.fields.filter(({ name }) => name !== METADATA_FIELD);
    const [first] = fields;
    // The first field of every event is the id of what it is about.
    if (first) visit({ ...schema, fields }, undefined, nameOf(first));
  }
  const names = new Set([...beside.keys(), ...[...within.values()].flatMap((some) => [...some])]);
  return { within, beside, names };
}

function recordsIn(type: AvroSchema): RecordSchema[] {
  if (isUnion(type)) return type.flatMap(recordsIn);
  if (isArray(type)) return recordsIn(type.items);
  return isRecord(type) ? [type] : [];
}

const PERSONAL = personalFieldsOf(EVENT_CONTRACTS.map(({ schema }) => schema));

const JSON_TEXT = /^\s*[[{"]/;
const NAMES = [...PERSONAL.names].join('|');

/** A text in JSON, and a backslash in one, where that JSON may be in a text of other JSON in turn. */
interface Quoting {
  readonly quote: string;
  readonly backslash: string;
}

/** JSON itself, JSON in a text of it up to three times, and JSON in HTML. */
const QUOTINGS: readonly Quoting[] = [
  ...[0, 1, 3, 7].map((count) => ({ quote: `\\\\{${count}}"`, backslash: `\\\\{${count + 1}}` })),
  { quote: '(?:&quot;|&#34;)', backslash: '\\\\' },
];

/**
 * A personal field in a text that is not JSON as a whole, because it was cut off or says something else too: its name, and
 * what is there of its value. Each part ends where it can at last, so nothing is tried twice, however long the text is.
 */
const NAMED_FIELDS = QUOTINGS.map(({ quote, backslash }) => {
  const escape = `${backslash}(?:${backslash}|${quote}|[^"\\\\])`;
  const text = `${quote}(?:${escape}|(?!${quote})[^"])*?(?:${quote}|(?=")|$)`;
  const enclosed = (begin: string, end: string) => `${begin}(?:${text}|[^])*?(?:${end}|$)`;
  const value = `(?:${text}|${enclosed('\\{', '\\}')}|${enclosed('\\[', '\\]')})`;
  return new RegExp(`(${quote})(${NAMES})(${quote}\\s*:\\s*)${value}`, 'g');
});

/** Where a document says what became of a field: it names the field by a path, and has values of it beside that. */
const PATHS: Readonly<Record<string, (path: string) => readonly string[]>> = {
  // `data.customer.email` of a filter
  field: (path) => path.split('.'),
  // `/customer/email` of a change
  pointer: (path) => path.split('/').slice(1),
};
const VALUES_OF_PATHS: ReadonlySet<string> = new Set(['found', 'before', 'after']);

/**
 * A document without the personal data in it: each personal text is {@link HIDDEN_TEXT}. Looks into texts that are JSON too,
 * such as the body of a delivery. What has nothing personal in it is returned as it is, and nothing is changed in place.
 */
export function withoutPersonalData<Value>(value: Value): Value {
  return hide(value, undefined) as Value;
}

function hide(value: unknown, holder: string | undefined): unknown {
  if (typeof value === 'string') return hideInText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const hidden = value.map((item: unknown) => hide(item, holder));
    return hidden.some((item, index) => item !== value[index]) ? hidden : value;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  const record = value as Readonly<Record<string, unknown>>;
  const path = pathIn(record);
  let changed: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(record)) {
    const isOfPath = path !== undefined && VALUES_OF_PATHS.has(name);
    const isHidden = isOfPath ? leadsToPersonalData(path) : isPersonal(record, name, holder);
    const shown = isHidden ? hideAll(field) : hide(field, isOfPath ? path.at(-1) : name);
    if (shown === field) continue;
    changed ??= { ...record };
    // `__proto__` is a name like any other in the documents of clients.
    Object.defineProperty(changed, name, {
      value: shown,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return changed ?? value;
}

function isPersonal(record: object, name: string, holder: string | undefined): boolean {
  if (holder !== undefined && PERSONAL.within.get(holder)?.has(name)) return true;
  const ids = PERSONAL.beside.get(name);
  return ids !== undefined && [...ids].some((id) => Object.hasOwn(record, id));
}

/** The names that lead to the field that a record is about, if it is about one. */
function pathIn(record: Readonly<Record<string, unknown>>): readonly string[] | undefined {
  for (const [name, read] of Object.entries(PATHS)) {
    const path = Object.hasOwn(record, name) ? record[name] : undefined;
    if (typeof path === 'string') return read(path);
  }
  return undefined;
}

/** Whether a path such as `data`, `customer`, `email` leads to personal data. */
export const leadsToPersonalData = (path: readonly string[]): boolean =>
  path.some((name, index) => {
    const holder = index === 0 ? undefined : (path[index - 1] ?? '');
    if (holder !== undefined && PERSONAL.within.get(holder)?.has(name)) return true;
    // A path does not tell what else is in the document or event that it begins at.
    return PERSONAL.beside.has(name) && (holder === undefined || holder === 'data');
  });

/** Every text in a personal value, such as each line of an address. */
function hideAll(value: unknown): unknown {
  if (typeof value === 'string') return HIDDEN_TEXT;
  if (Array.isArray(value)) return value.map(hideAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hideAll(part)]));
}

function hideInText(text: string): string {
  const parsed = JSON_TEXT.test(text) ? parsedJson(text) : undefined;
  if (parsed === undefined) return hideNamedFields(text);
  const hidden = hide(parsed, undefined);
  return hidden === parsed ? text : JSON.stringify(hidden);
}

const hideNamedFields = (text: string): string =>
  text.includes(':')
    ? NAMED_FIELDS.reduce((shown, field) => shown.replace(field, `$1$2$3$1${HIDDEN_TEXT}$1`), text)
    : text;

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
