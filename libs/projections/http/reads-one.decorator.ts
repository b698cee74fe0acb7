import {
  applyDecorators,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import type { z } from 'zod';
import type { AGGREGATES } from '#libs/aggregates';
import type { Stream } from '#libs/kernel';
import { etagHeader, notFoundProblem } from '#libs/platform';
import { readModelOf, type WhatIsRead } from './read-your-writes.interceptor.js';
import { ReadsYourWrites } from './reads-your-writes.decorator.js';

type Known = (typeof AGGREGATES)[number];

/** What a query has found: a document, and its version, which becomes the ETag. */
export interface FoundOne<Document> {
  readonly version: number;
  readonly document: Document;
}

export const foundOne = <State, Document>(
  stream: Stream<State> | undefined,
  documentOf: (stream: Stream<State>) => Document,
): FoundOne<Document> | undefined => stream && { version: stream.version, document: documentOf(stream) };

type Handler = (...given: never[]) => Promise<FoundOne<unknown> | undefined>;

/**
 * A query for one instance, which is the route's parameter of the subject's name. It answers with what the handler has found,
 * and with the aggregate's `notFound` if that is nothing.
 * @param answer the schema of the document
 * @param read what is read, if it is more or other than the aggregate's current states
 */
export const ReadsOne =
  (aggregate: Known, answer: z.ZodType, read: WhatIsRead = readModelOf(aggregate)) =>
  <Given extends Handler>(
    target: object,
    name: string | symbol,
    handler: TypedPropertyDescriptor<Given>,
  ): void =>
    applyDecorators(
      ReadsYourWrites(read, answer, etagHeader),
      UseInterceptors(new OneDocumentInterceptor(aggregate)),
    )(target, name, handler);

export class OneDocumentInterceptor implements NestInterceptor<FoundOne<unknown> | undefined> {
  constructor(private readonly aggregate: Known) {}

  intercept(
    context: ExecutionContext,
    next: CallHandler<FoundOne<unknown> | undefined>,
  ): Observable<unknown> {
    const http = context.switchToHttp();
    const { params } = http.getRequest<FastifyRequest<{ Params: Readonly<Record<string, string>> }>>();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map((one) => {
        if (!one) throw notFoundProblem(this.aggregate, params[this.aggregate.subject] ?? '');
        void reply.header('etag', `"${one.version}"`);
        return one.document;
      }),
    );
  }
}
