import { applyDecorators, UseInterceptors } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { preferredWaitHeader, requiredPositionHeader } from '#libs/platform';
import {
  type ReadModel,
  type ReadModelOf,
  Reads,
  ReadYourWritesInterceptor,
} from './read-your-writes.interceptor.js';

/** A query that takes `Orderstream-Position` and `Prefer: wait`. It can answer 400 and 503. */
export const ReadsYourWrites = (readModel: ReadModel | ReadModelOf): MethodDecorator =>
  applyDecorators(
    Reads(readModel),
    UseInterceptors(ReadYourWritesInterceptor),
    ApiHeader(requiredPositionHeader),
    ApiHeader(preferredWaitHeader),
  );
