import { type ArgumentMetadata, StandardSchemaValidationPipe } from '@nestjs/common';
import { ProblemException } from './problem.js';
import type { FieldError } from './problem.js';

/** What zod tells of an issue, through the standard schema interface. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Of `unrecognized_keys`: the names that are not known. */
  readonly keys?: readonly string[];
  /** Of `invalid_union`: the issues of each form. */
  readonly errors?: readonly (readonly Issue[])[];
}

/** A body of a thousand wrong items would otherwise be answered with megabytes. */
const MAX_ERRORS = 50;
/** Longest text that an error repeats of what was sent. */
const MAX_TEXT = 200;

class ValidationPipe extends StandardSchemaValidationPipe {
  /** Drops nothing: schemas build their values anew, so that a key is either known to them or refused. */
  protected override stripProtoKeys(): void {}

  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    const isMissing = metadata.type === 'body' && value === undefined;
    return super.transform(value, metadata).catch((problem: unknown) => {
      throw isMissing ? invalidRequest([{ message: 'a body is needed: send JSON' }]) : problem;
    });
  }
}

export const validationPipe = (): StandardSchemaValidationPipe =>
  new ValidationPipe({ exceptionFactory: (issues) => invalidRequest(issues) });

/** @param most errors in the answer; the last one says so where there are more */
export function invalidRequest(issues: readonly Issue[], most = MAX_ERRORS): ProblemException {
  const errors = firstErrors(issues, most);
  const detail = errors
    .map(({ pointer, detail: why }) => `${pointer || '/'}: ${why}`)
    .slice(0, 3)
    .join('; ');
  return new ProblemException({ code: 'invalid-request', detail, errors });
}

function firstErrors(issues: readonly Issue[], most: number): FieldError[] {
  const errors: FieldError[] = [];
  for (const issue of issues.flatMap(closestUnionForm)) {
    errors.push(...toFieldErrors(issue, most + 1 - errors.length));
    if (errors.length > most)
      return [...errors.slice(0, most - 1), { pointer: '', detail: 'there are more errors' }];
  }
  return errors;
}

/** If one form of a union fits better than all others, that form was meant: its issues are reported. */
function closestUnionForm(issue: Issue): readonly Issue[] {
  const path = issue.path ?? [];
  const forms = (issue.errors ?? [])
    .filter((form) => form.some(({ path: within = [], keys }) => within.length > 0 || keys))
    .toSorted((a, b) => a.length - b.length);
  const [meant, other] = forms;
  if (!meant || meant.length === other?.length) return [issue];
  return meant.flatMap((found) => closestUnionForm({ ...found, path: [...path, ...(found.path ?? [])] }));
}

function toFieldErrors({ message, path = [], keys }: Issue, most: number): FieldError[] {
  const parent = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  if (!keys) return [{ pointer: toPointer(parent), detail: message.slice(0, MAX_TEXT) }];
  return keys
    .slice(0, most)
    .map((key) => ({ pointer: toPointer([...parent, key]), detail: 'this field is not known' }));
}

/** RFC 6901, cut off where a client's own names are endless. */
const toPointer = (path: readonly PropertyKey[]): string =>
  path
    .map((segment) => String(segment).slice(0, MAX_TEXT))
    .map((segment) => `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
