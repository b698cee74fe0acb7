import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { CheckpointWaits } from '#libs/persistence';
import { preferredWait, requiredPositions } from '#libs/platform';
import { positionProblem } from './position-problem.js';
import { tenantOf } from './tenant-of.js';

/** What a query reads: a projection, and the topics that it is built from. */
export interface ReadModel {
  readonly projection: string;
  readonly topics: readonly string[];
}

/** For a handler that reads one or the other. The parameters are not validated yet. */
export type ReadModelOf = (parameters: Readonly<Record<string, unknown>>) => ReadModel;

/** Says of a handler what it reads. */
export const Reads = Reflector.createDecorator<ReadModel | ReadModelOf>();

/**
 * Lets a query begin only when its projection has passed the positions that the client has sent, so that the answer is
 * never older than they are. The statements of the query come after the check, on the same primary, and each sees all
 * that was committed before it: rows and checkpoint were committed as one.
 *
 * A position of a topic that the projection does not read cannot make the answer stale, and is passed over: clients may
 * send all that they have. A partition that nothing has been read of may be new, and is waited for; a position that the
 * log has not come to is refused.
 */
@Injectable()
export class ReadYourWritesInterceptor implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly waits: CheckpointWaits,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const { headers, signal, query } = request;
    const reads = this.reflector.get(Reads, context.getHandler());
    const { projection, topics } =
      typeof reads === 'function' ? reads(query as Readonly<Record<string, unknown>>) : reads;
    const positions = requiredPositions(headers).filter(({ topic }) => topics.includes(topic));
    if (positions.length === 0) return next.handle();

    const reply = http.getResponse<FastifyReply>();
    const { seconds, applied } = preferredWait(headers);
    if (applied) void reply.header('preference-applied', applied);
    const outcome = await this.waits.passed({
      tenant: tenantOf(request),
      projection,
      positions,
      withinMs: seconds * 1_000,
      signal,
    });
    // The server waits for its connections to end, and this one would stay open for a next request.
    if (outcome.status === 'stopping') void reply.header('connection', 'close');
    const problem = positionProblem(outcome, seconds);
    if (problem) throw problem;
    return next.handle();
  }
}
