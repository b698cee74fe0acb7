import { StandardSchemaValidationPipe } from '@nestjs/common';
import { ProblemException } from './problem.js';
import type { FieldError } from './problem.js';

/** What zod tells of an issue, through the standard schema interface. */
interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  /** Of `unrecognized_keys`: the names that are not known. */
  readonly keys?: readonly string[];
}

/** A body of a thousand wrong items would otherwise be answered with megabytes. */
const MAX_ERRORS = 50;

export const validationPipe = (): StandardSchemaValidationPipe =>
  new StandardSchemaValidationPipe({
    exceptionFactory: (issues) => invalidRequest(issues),
  });

export function invalidRequest(issues: readonly Issue[]): ProblemException {
  const errors = issues.flatMap(toFieldErrors).slice(0, MAX_ERRORS);
  const detail = errors
    .map(({ pointer, detail: why }) => `${pointer || '/'}: ${why}`)
    .slice(0, 3)
    .join('; ');
  return new ProblemException({ code: 'invalid-request', detail, errors });
}

function toFieldErrors({ message, path = [], keys }: Issue): FieldError[] {
  const parent = path.map((segment) => (typeof segment === 'object' ? segment.key : segment));
  if (!keys) return [{ pointer: toPointer(parent), detail: message }];
  return keys.map((key) => ({ pointer: toPointer([...parent, key]), detail: 'this field is not known' }));
}

/** RFC 6901. */
const toPointer = (path: readonly PropertyKey[]): string =>
  path.map((segment) => `/${String(segment).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
