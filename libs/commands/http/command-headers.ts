import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { IDEMPOTENCY_KEY } from './command-http.js';
import { IF_MATCH_PATTERN } from './if-match.js';

export const ApiIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes retries safe: a key takes effect once, and a repeat gets the first response again. ' +
        'Reuse with a different request gets 422. 1 to 255 printable ASCII characters.',
      schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
    }),
    ApiProblems(409, 422),
  );

/** Describes the headers of commands to existing resources. */
export const ApiCommandHeaders = (): MethodDecorator =>
  applyDecorators(
    ApiIdempotencyKey(),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The version that the resource must have, as in its ETag, or a comma-separated list; `*` for any. ' +
        'Otherwise 412. A weak tag (`W/"3"`) never matches.',
      schema: { type: 'string', pattern: IF_MATCH_PATTERN },
    }),
    ApiProblems(412),
  );
