import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { z } from 'zod';
import { PROBLEMS, type ProblemCode } from './problem-codes.js';

export const problemSchema = z
  .object({
    type: z.string().describe('Where the code is explained.'),
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

/** Documents the error answers of a route; 401 and 429 come with every route. */
export const ApiProblems = (...statuses: number[]): MethodDecorator =>
  applyDecorators(
    ...[401, 429, ...statuses].map((status) => {
      const codes = Object.entries(PROBLEMS).filter(([, problem]) => problem.status === status);
      const description = codes.map(([code, { title }]) => `\`${code}\`: ${title}.`).join(' ');
      return ApiResponse({ status, description, standardSchema: problemSchema });
    }),
  );
