import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiProblems } from '#libs/platform';
import { IDEMPOTENCY_KEY } from './command-http.js';
import { IF_MATCH_PATTERN } from './if-match.js';

/** Describes the header that every command takes. */
export const ApiIdempotencyKey = (): MethodDecorator =>
  applyDecorators(
    ApiHeader({
      name: 'Idempotency-Key',
      required: false,
      description:
        'Makes a retry safe: the same key has its effect once, and gets the first answer again. ' +
        'With another request, 422. 1 to 255 printable ASCII characters.',
      schema: { type: 'string', pattern: IDEMPOTENCY_KEY.source },
    }),
    ApiProblems(409, 422),
  );

/** Describes the headers that commands to an existing thing take. */
export const ApiCommandHeaders = (): MethodDecorator =>
  applyDecorators(
    ApiIdempotencyKey(),
    ApiHeader({
      name: 'If-Match',
      required: false,
      description:
        'The version that it must have, as in its ETag, or several with commas between them; `*` for any. Else 412. ' +
        'A weak tag (`W/"3"`) never matches.',
      schema: { type: 'string', pattern: IF_MATCH_PATTERN },
    }),
    ApiProblems(412),
  );
