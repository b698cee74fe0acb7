import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { finalize, type Observable, tap } from 'rxjs';
import { callerOf } from '#libs/platform';
import { QueryShares } from './query-shares.js';

/** Starts a handler when it is the tenant's turn at the database. */
@Injectable()
export class QueryShareInterceptor implements NestInterceptor {
  constructor(private readonly shares: QueryShares) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const end = await this.shares.acquire(callerOf(request).tenant, request.signal);
    let failure: unknown;
    return next.handle().pipe(
      tap({ error: (error: unknown) => (failure = error) }),
      finalize(() => end(failure)),
    );
  }
}

/** For handlers that use the database directly: tenants take turns. They can answer 429 and 503. */
export const TakesQueryTurn = (): MethodDecorator & ClassDecorator => UseInterceptors(QueryShareInterceptor);
