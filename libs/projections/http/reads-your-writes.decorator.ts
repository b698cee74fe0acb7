import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader, ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import {
  type etagHeader,
  preferenceAppliedHeader,
  preferredWaitHeader,
  requiredPositionHeader,
} from '#libs/platform';
import { QueryShareInterceptor } from './query-share.interceptor.js';
import { Reads, ReadYourWritesInterceptor, type WhatIsRead } from './read-your-writes.interceptor.js';

/**
 * A query that takes `Orderstream-Position` and `Prefer: wait`. It can answer 400, 429 and 503.
 * @param answer the schema of its answer
 * @param headers of the answer besides `Preference-Applied`
 */
export const ReadsYourWrites = (
  read: WhatIsRead,
  answer: z.ZodType,
  headers: Partial<typeof etagHeader> = {},
): MethodDecorator =>
  applyDecorators(
    Reads(read),
    // Waiting for a position takes no turn.
    UseInterceptors(ReadYourWritesInterceptor, QueryShareInterceptor),
    ApiHeader(requiredPositionHeader),
    ApiHeader(preferredWaitHeader),
    ApiResponse({
      status: 200,
      standardSchema: answer,
      headers: { ...headers, ...preferenceAppliedHeader },
    }),
  );
