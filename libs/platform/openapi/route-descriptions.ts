import { ApiBody, type ApiBodyOptions, ApiParam, ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { applyDecorators } from '@nestjs/common';
import { type ProblemCode, PROBLEMS } from '../http/problem-codes.js';

export const etagHeader = {
  ETag: {
    description: 'The version, in quotes.',
    schema: { type: 'string' as const, pattern: '^"\\d+"$' },
  },
};

export const retryAfterHeader = {
  'Retry-After': {
    description: 'Seconds to wait before the next attempt.',
    schema: { type: 'integer' as const, format: 'int32', minimum: 0 },
  },
};

/** Of every answer to which a limit per second applies, as draft-ietf-httpapi-ratelimit-headers-11 has them. */
export const rateLimitHeaders = {
  'RateLimit-Policy': {
    description: "The tenant's limits that apply, if any: `q` of them in `w` seconds.",
    schema: { type: 'string' as const, pattern: '^"[a-z]+";q=\\d+;w=\\d+(, "[a-z]+";q=\\d+;w=\\d+)*$' },
    example: '"orders";q=200;w=1, "requests";q=500;w=1',
  },
  RateLimit: {
    description: 'What is left of each of these limits: `r` in the next `t` seconds.',
    schema: { type: 'string' as const, pattern: '^"[a-z]+";r=\\d+;t=\\d+(, "[a-z]+";r=\\d+;t=\\d+)*$' },
    example: '"orders";r=199;t=1, "requests";r=499;t=1',
  },
};

/** @param what is found there, such as "the order" */
export const locationHeader = (what: string, path: string) => ({
  Location: {
    description: `Where ${what} is.`,
    schema: { type: 'string' as const, pattern: `^${path.replaceAll('{id}', '[0-9a-f-]{36}')}$` },
  },
});

/** Describes an id in a path. Anything but a UUID gets 404. */
export const IdParameter = (name: string): MethodDecorator & ClassDecorator =>
  ApiParam({ name, schema: { type: 'string', format: 'uuid' } });

/** Describes a body that its handler reads itself. Nest accepts schemas here, although its types do not. */
export const BodySchema = (schema: z.ZodType): MethodDecorator =>
  ApiBody({ standardSchema: schema } as unknown as ApiBodyOptions);

export const problemSchema = z
  .object({
    type: z.string().describe('Link to an explanation of the code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]]),
    errors: z
      .array(z.object({ pointer: z.string().describe('JSON pointer (RFC 6901).'), detail: z.string() }))
      .optional(),
  })
  .meta({ id: 'Problem' });

/** Documents a route's own errors, besides those of every route (see `withCommonAnswers`). */
export const ApiProblems = (...statuses: number[]): MethodDecorator =>
  applyDecorators(...statuses.map((status) => ApiResponse({ status, standardSchema: problemSchema })));
