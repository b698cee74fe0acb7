import { z } from 'zod';

type RawIssue = z.core.$ZodRawIssue;
type Schema = z.core.$ZodType;

/** Objects of more fields are described by the first ones. */
const MAX_LISTED_FIELDS = 15;

/** Names for what JSON calls its types, and for the string formats that requests use. */
const TYPE_FORMS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  null: 'null',
  array: 'an array',
  object: 'an object',
  record: 'an object',
};
const FORMAT_FORMS: Readonly<Record<string, string>> = {
  uuid: 'a UUID',
  'date-time': 'an RFC 3339 time such as 2026-01-31T12:00:00Z',
};

/** Says in every validation error which forms a field accepts. A message of the schema itself takes precedence. */
export function validationMessage(issue: RawIssue): string | undefined {
  const isMissing = issue.input === undefined && issue.code !== 'unrecognized_keys';
  const message = messageOf(issue);
  if (message === undefined || !isMissing) return message;
  return `is required, and ${message}`;
}

function messageOf(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPE_FORMS[issue.expected] ?? `a value of type ${issue.expected}`}`;
    case 'invalid_value':
      return `must be ${eitherOf(issue.values.map(literalForm))}`;
    case 'too_big':
    case 'too_small':
      return boundMessage(issue);
    case 'invalid_format':
      return `must be ${FORMAT_FORMS[issue.format] ?? (issue.pattern ? `text that matches ${issue.pattern}` : `a valid ${issue.format}`)}`;
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_key':
      return (issue.issues[0] as { message?: string } | undefined)?.message;
    case 'invalid_union':
      return `must be ${issue.inst ? formOf(issue.inst as Schema) : 'one of the documented forms'}`;
    case 'unrecognized_keys':
      return unknownFieldMessage(issue.inst as Schema | undefined);
    default:
      return undefined;
  }
}

type BoundIssue = Extract<RawIssue, { code: 'too_big' | 'too_small' }>;

function boundMessage(issue: BoundIssue): string {
  const [bound, least] =
    issue.code === 'too_big'
      ? [issue.maximum, issue.inclusive === false ? 'less than' : 'at most']
      : [issue.minimum, issue.inclusive === false ? 'more than' : 'at least'];
  const unit = { string: 'character', array: 'item', set: 'item', map: 'entry' }[issue.origin as string];
  if (unit === undefined) return `must be ${least} ${bound}`;
  return `must have ${issue.exact ? 'exactly' : least} ${bound} ${unit}${Number(bound) === 1 ? '' : 's'}`;
}

function unknownFieldMessage(inst: Schema | undefined): string {
  const names = inst instanceof z.core.$ZodObject ? Object.keys(inst._zod.def.shape) : [];
  if (names.length === 0) return 'this field is not known';
  const listed = names.slice(0, MAX_LISTED_FIELDS).join(', ');
  return `this field is not known; known fields are ${listed}${names.length > MAX_LISTED_FIELDS ? ', …' : ''}`;
}

/** A short description of what a schema accepts, such as `"now" or {"time": …}`. */
const formOf = (schema: Schema): string => eitherOf(formsOf(schema));

function formsOf(schema: Schema): string[] {
  const { format } = z.globalRegistry.get(schema) ?? {};
  if (typeof format === 'string' && FORMAT_FORMS[format]) return [FORMAT_FORMS[format]];
  if (schema instanceof z.core.$ZodUnion) return unionForms(schema);
  if (schema instanceof z.core.$ZodLiteral) return schema._zod.def.values.map(literalForm);
  if (schema instanceof z.core.$ZodEnum) return Object.values(schema._zod.def.entries).map(literalForm);
  if (schema instanceof z.core.$ZodObject) return [objectForm(schema)];
  if (schema instanceof z.core.$ZodArray) return [`an array of ${pluralOf(formOf(schema._zod.def.element))}`];
  if (schema instanceof z.core.$ZodPipe) return formsOf(schema._zod.def.in);
  const { innerType, type, format: own = '' } = schema._zod.def as Definition;
  if (innerType) return formsOf(innerType);
  if (own === 'safeint') return ['a whole number'];
  return [FORMAT_FORMS[own] ?? TYPE_FORMS[type] ?? type];
}

interface Definition {
  readonly type: string;
  readonly format?: string;
  /** The wrapped schema, for example of an optional one. */
  readonly innerType?: Schema;
}

/** Beside its own elements' forms, an array is "an array of these". */
function unionForms({ _zod: { def } }: z.core.$ZodUnion): string[] {
  const single = def.options.flatMap((option) => (option instanceof z.core.$ZodArray ? [] : formsOf(option)));
  return def.options.flatMap((option) => {
    const elements = option instanceof z.core.$ZodArray ? formsOf(option._zod.def.element) : undefined;
    return elements?.every((form) => single.includes(form)) ? ['an array of these'] : formsOf(option);
  });
}

/** The required fields with their forms: those that are optional do not tell one object from another. */
function objectForm(schema: z.core.$ZodObject): string {
  const required = Object.entries(schema._zod.def.shape).filter(
    ([, field]) => field._zod.optin === undefined,
  );
  if (required.length === 0) return 'an object';
  return `{${required.map(([name, field]) => `${JSON.stringify(name)}: ${formOf(field)}`).join(', ')}}`;
}

/** "a string" → "strings" */
const pluralOf = (form: string): string => form.replace(/^an? ([\w ]+)$/, '$1s');

const literalForm = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : String(value);

const eitherOf = (forms: readonly string[]): string => {
  const distinct = [...new Set(forms)];
  return distinct.length < 2
    ? (distinct[0] ?? '')
    : `${distinct.slice(0, -1).join(', ')} or ${distinct.at(-1)}`;
};
