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

const JSON_TEXT = /^\s*[[{]/;
/** A text in JSON, perhaps without its end. */
const TEXT = '"(?:[^"\\\\]|\\\\.)*"?';
/** A personal field of JSON that was cut off somewhere: its name, and what is left of its value. */
const CUT_FIELD = new RegExp(
  `"(${[...PERSONAL.names].join('|')})"\\s*:\\s*(?:${TEXT}|\\{(?:${TEXT}|[^"}])*\\}?)`,
  'gs',
);

/**
 * A document without the personal data in it: each personal text is {@link HIDDEN_TEXT}. Looks into texts that are JSON too,
 * such as the body of a delivery. What has nothing personal in it is returned as it is, and nothing is changed in place.
 */
export function withoutPersonalData<Value>(value: Value): Value {
  return hide(value, undefined) as Value;
}

function hide(value: unknown, holder: string | undefined): unknown {
  if (typeof value === 'string') return JSON_TEXT.test(value) ? hideInText(value) : value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const hidden = value.map((item: unknown) => hide(item, holder));
    return hidden.some((item, index) => item !== value[index]) ? hidden : value;
  }
  if ('toJSON' in value && typeof value.toJSON === 'function') return value;
  const record = value as Readonly<Record<string, unknown>>;
  let changed: Record<string, unknown> | undefined;
  for (const [name, field] of Object.entries(record)) {
    const shown = isPersonal(record, name, holder) ? hideAll(field) : hide(field, name);
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

/** Every text in a personal value, such as each line of an address. */
function hideAll(value: unknown): unknown {
  if (typeof value === 'string') return HIDDEN_TEXT;
  if (Array.isArray(value)) return value.map(hideAll);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, hideAll(part)]));
}

function hideInText(text: string): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return text.replace(CUT_FIELD, `"$1":"${HIDDEN_TEXT}"`);
  }
  const hidden = hide(parsed, undefined);
  return hidden === parsed ? text : JSON.stringify(hidden);
}
