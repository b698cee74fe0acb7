import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Observable } from 'rxjs';
import { CheckpointWaits } from '../postgres/checkpoint-waits.js';
import type { AnyAggregateDefinition } from '#libs/kernel';
import { callerOf, chargeWait, msUntilExpiry, preferredWait, requiredPositions } from '#libs/platform';
import { positionProblem } from './position-problem.js';

/** The projection that a query reads, and the projection's topics. */
export interface ReadModel {
  readonly projection: string;
  readonly topics: readonly string[];
}

/** The current states of an aggregate. */
export const readModelOf = ({
  topic,
  table,
}: Pick<AnyAggregateDefinition, 'table' | 'topic'>): ReadModel => ({
  projection: table.projection,
  topics: [topic],
});

/** Chooses the read model by the query's parameters, which are not validated yet. */
export type ReadModelOf = (parameters: Readonly<Record<string, unknown>>) => ReadModel;

/** One read model, several, or one chosen for each query. */
export type WhatIsRead = ReadModel | readonly ReadModel[] | ReadModelOf;

/** Declares what a handler reads. */
export const Reads = Reflector.createDecorator<WhatIsRead>();

/**
 * Starts a query only when its projection has passed the positions that the client sent, so that the answer is never older.
 * The query runs after the check on the same primary, where rows and checkpoint were committed together.
 *
 * Positions of topics that the projection does not read are ignored, so clients may send all they have. Partitions without
 * a checkpoint may be new, and are waited for. Positions beyond the end of the log are refused.
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
    const models = [
      typeof reads === 'function' ? reads(query as Readonly<Record<string, unknown>>) : reads,
    ].flat();
    const required = requiredPositions(headers);
    const waits = models.flatMap(({ projection, topics }) => {
      const positions = required.filter(({ topic }) => topics.includes(topic));
      return positions.length > 0 ? [{ projection, positions }] : [];
    });
    if (waits.length === 0) return next.handle();

    const reply = http.getResponse<FastifyReply>();
    const { seconds, applied } = preferredWait(headers);
    if (applied) void reply.header('preference-applied', applied);
    const caller = callerOf(request);
    const { tenant } = caller;
    const withinMs = Math.min(seconds * 1_000, msUntilExpiry(caller, Date.now()));
    const began = performance.now();
    const outcomes = await Promise.all(
      waits.map((wait) => this.waits.passed({ ...wait, tenant, withinMs, signal })),
    );
    chargeWait(request, performance.now() - began);
    for (const outcome of outcomes) {
      // A kept-alive connection would delay the stop of the server.
      if (outcome.status === 'stopping') void reply.header('connection', 'close');
      const problem = positionProblem(outcome, seconds);
      if (problem) throw problem;
    }
    return next.handle();
  }
}
