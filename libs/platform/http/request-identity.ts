import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { formatTraceparent, newId, parseTraceparent } from '#libs/kernel';
import { spanOfRequest } from '../tracing/request-span.js';

/** Connects a request, its events and their deliveries. */
interface RequestIdentity {
  readonly correlationId: string;
  /** The trace context of what follows from the request: its own span, or else what the client sent, if that is valid. */
  readonly traceparent: string | null;
}

/** Ids appear in logs and headers, so they are short and printable. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

/** The client's request id, or a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

/** The correlation id is the client's request id, else its trace id, else the new request id. */
export function requestIdentity(request: Pick<FastifyRequest, 'headers' | 'id'>): RequestIdentity {
  const { headers, id } = request;
  const given = givenTraceparent(request);
  const hasOwnId = headers['x-request-id'] === id;
  const traceId = given?.slice(3, 35);
  return {
    correlationId: hasOwnId ? id : (traceId ?? id),
    traceparent: spanOfRequest(request)?.traceparent ?? given,
  };
}

/** What the client sent; `null` unless it is valid. */
export function givenTraceparent({
  headers: { traceparent },
}: Pick<FastifyRequest, 'headers'>): string | null {
  const context = parseTraceparent(traceparent);
  return context ? formatTraceparent(context) : null;
}
