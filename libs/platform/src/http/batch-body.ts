import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { fail, ok, type Result } from '#libs/kernel';
import { ProblemException } from './problem.js';
import { invalidRequest } from './validation.js';

const BATCH = 'orderstream:batch';
export const NDJSON = 'application/x-ndjson';

/** One thing of a batch: as it was sent, or why it cannot be read. */
export type BatchItem = Result<unknown, ProblemException>;

/** The lines of a body of NDJSON, each read by itself: one that is broken spoils no other. */
class Lines {
  constructor(readonly items: readonly BatchItem[]) {}
}

/** Marks a route whose body holds many things: a JSON array, or one JSON value a line (NDJSON). */
export const TakesBatch = (): MethodDecorator => applyDecorators(RouteConfig({ [BATCH]: true }));

/** The things in the body of such a route. @throws ProblemException unless there are 1 to `max`. */
export function batchItems({ body }: FastifyRequest, max: number): readonly BatchItem[] {
  const items = body instanceof Lines ? body.items : Array.isArray(body) ? body.map(ok<unknown>) : undefined;
  if (!items || items.length === 0 || items.length > max) {
    const message = `must be an array, or lines of NDJSON, of 1 to ${max} things`;
    throw invalidRequest([{ path: [], message: items ? `${message}; these are ${items.length}` : message }]);
  }
  return items;
}

/** Fastify's own parser: it answers at once. */
export type ParseJson = (
  request: FastifyRequest,
  text: string,
  done: (error: Error | null, value?: unknown) => void,
) => void;

/** What {@link TakesBatch} promises: NDJSON is read there, and there only, and more bytes are allowed. */
export function acceptBatches(
  fastify: FastifyInstance,
  bodyLimit: number,
  parse: ParseJson,
  textOf: (request: FastifyRequest, body: Buffer) => string,
): void {
  const isBatch = (config: object | undefined) => config !== undefined && BATCH in config;
  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (isBatch(route.config)) route.bodyLimit = bodyLimit;
  });
  fastify.addContentTypeParser(
    NDJSON,
    { parseAs: 'buffer' },
    async (request: FastifyRequest, body: Buffer) => {
      if (!isBatch(request.routeOptions.config)) {
        throw new ProblemException({ code: 'unsupported-media-type', detail: 'Send the body as JSON.' });
      }
      const lines = textOf(request, body).split('\n');
      return new Lines(
        lines.filter((line) => line.trim() !== '').map((line) => readLine(request, line, parse)),
      );
    },
  );
}

function readLine(request: FastifyRequest, line: string, parse: ParseJson): BatchItem {
  let item: BatchItem | undefined;
  parse(request, line, (error, value) => {
    item = error
      ? fail(new ProblemException({ code: 'malformed-request', detail: 'The line is not JSON.' }))
      : ok(value);
  });
  if (!item) throw new Error('the parser does not answer at once');
  return item;
}
