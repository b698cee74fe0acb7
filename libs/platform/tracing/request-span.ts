import type { FastifyRequest } from 'fastify';
import type { TraceSpan } from './tracing.js';

const SPAN = Symbol('span');

type TracedRequest = object & { [SPAN]?: TraceSpan };

/** `undefined` while tracing is off, and before the caller is known. */
export const spanOfRequest = (request: Pick<FastifyRequest, 'headers'>): TraceSpan | undefined =>
  (request as TracedRequest)[SPAN];

export function setRequestSpan(request: FastifyRequest, span: TraceSpan): void {
  (request as TracedRequest)[SPAN] = span;
}
