import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { preferredWaitHeader, requiredPositionHeader } from '#libs/platform';
import { QueryShareInterceptor } from './query-share.interceptor.js';
import {
  type ReadModel,
  type ReadModelOf,
  Reads,
  ReadYourWritesInterceptor,
} from './read-your-writes.interceptor.js';

/** A query that takes `Orderstream-Position` and `Prefer: wait`. It can answer 400, 429 and 503. */
export const ReadsYourWrites = (readModel: ReadModel | ReadModelOf): MethodDecorator =>
  applyDecorators(
    Reads(readModel),
    // Waiting for a position takes no turn.
    UseInterceptors(ReadYourWritesInterceptor, QueryShareInterceptor),
    ApiHeader(requiredPositionHeader),
    ApiHeader(preferredWaitHeader),
  );
