import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { type FieldError, ProblemException } from './problem.js';
import { receivedValue, valueAt } from './received-value.js';
import { validationMessage } from './validation-messages.js';

z.config({ customError: validationMessage });

/** An issue as zod reports it through the standard schema interface, or as a handler makes it. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** The wrong value, for an issue that a handler makes. */
  readonly input?: unknown;
  /** The unknown names, for `unrecognized_keys`. */
  readonly keys?: readonly string[];
  /** The issues of each form, for `invalid_union`. */
  readonly errors?: readonly (readonly Issue[])[];
}

/** A body of a thousand wrong items would otherwise be answered with megabytes. */
const MAX_ERRORS = 50;
const MAX_NAME = 200;
const MAX_MESSAGE = 600;

const neededBodies = new WeakSet<object>();

/** Marks the schema of a body that has to be sent although `{}` would be valid, such as that of a change. */
export function neededBody<Schema extends z.ZodType>(schema: Schema): Schema {
  neededBodies.add(schema);
  return schema;
}

/** Whether a request may come without this body, which then counts as `{}`. */
export const isBodyOptional = (schema: z.ZodType): boolean =>
  !neededBodies.has(schema) && schema.safeParse({}).success;

/** Nest's own pipe drops keys such as `__proto__`; this one refuses them like any other unknown key. */
class ValidationPipe implements PipeTransform {
  async transform(value: unknown, { type, schema }: ArgumentMetadata): Promise<unknown> {
    if (!schema || type === 'custom') return value;
    // Queries and paths are always objects: only a body can be missing.
    const given = value === undefined && !neededBodies.has(schema) ? {} : value;
    const result = await schema['~standard'].validate(given);
    if (!result.issues) return result.value;
    if (value === undefined) throw invalidRequest([{ message: 'a body is needed: send JSON' }]);
    throw invalidRequest(result.issues, { input: value });
  }
}

export const validationPipe = (): PipeTransform => new ValidationPipe();

interface InvalidRequestOptions {
  /** The value that was validated, such as a body. Errors quote what it holds at the path of each issue. */
  readonly input?: unknown;
  /** The most errors in the answer; the last one says if there are more. */
  readonly most?: number;
}

/** A problem with an error for each issue: the field, which forms it accepts, and what was received. */
export function invalidRequest(
  issues: readonly Issue[],
  { input, most = MAX_ERRORS }: InvalidRequestOptions = {},
): ProblemException {
  const errors = firstErrors(issues, input, most);
  return new ProblemException(
    'invalid-request',
    errors
      .map(({ pointer, detail: why }) => `${pointer || '/'}: ${why}`)
      .slice(0, 3)
      .join('; '),
    { errors },
  );
}

function firstErrors(issues: readonly Issue[], input: unknown, most: number): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of issues.flatMap(closestUnionForm)) {
    errors.push(...toFieldErrors(issue, input, most + 1 - errors.length));
    if (errors.length > most)
      return [...errors.slice(0, most - 1), { pointer: '', detail: 'there are more errors' }];
  }
  return errors;
}

/** The issues of the union's form that fits best. If none fits better than all others, the issue of the union itself. */
function closestUnionForm(issue: Issue): readonly Issue[] {
  const path = issue.path ?? [];
  const forms = (issue.errors ?? [])
    .filter((form) => form.some(({ path: within = [], keys }) => within.length > 0 || keys))
    .toSorted((a, b) => a.length - b.length);
  const [meant, other] = forms;
  if (!meant || meant.length === other?.length) return [issue];
  return meant.flatMap((found) => closestUnionForm({ ...found, path: [...path, ...(found.path ?? [])] }));
}

function toFieldErrors(issue: Issue, root: unknown, most: number): FieldError[] {
  const path = (issue.path ?? []).map((segment) => (typeof segment === 'object' ? segment.key : segment));
  const message = cut(issue.message);
  if (issue.keys)
    return issue.keys.slice(0, most).map((key) => ({ pointer: toPointer([...path, key]), detail: message }));
  const received = receivedValue(issue.input ?? valueAt(root, path), path);
  const detail = received === undefined ? message : `${message}; received ${received}`;
  return [{ pointer: toPointer(path), detail }];
}

const cut = (message: string): string =>
  message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;

/** A JSON pointer (RFC 6901). Long names, which clients may make up, are cut. */
const toPointer = (path: readonly PropertyKey[]): string =>
  path
    .map((segment) => String(segment).slice(0, MAX_NAME))
    .map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
