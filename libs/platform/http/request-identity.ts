import type { IncomingHttpHeaders } from 'node:http';
import { newId } from '#libs/kernel';

/** Connects a request, its events and their deliveries. */
interface RequestIdentity {
  readonly correlationId: string;
  /** The W3C trace context, if the client sent a valid one. */
  readonly traceparent: string | null;
}

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Ids appear in logs and headers, so they are short and printable. */
const REQUEST_ID = /^[\x21-\x7e]{1,200}$/;

/** The client's request id, or a new one. */
export function requestIdOf(headers: IncomingHttpHeaders): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
}

/** The correlation id is the client's request id, else its trace id, else the new request id. */
export function requestIdentity(headers: IncomingHttpHeaders, requestId: string): RequestIdentity {
  const given = headers['traceparent'];
  const traceparent = typeof given === 'string' && TRACEPARENT.test(given) ? given : null;
  const hasOwnId = headers['x-request-id'] === requestId;
  const traceId = traceparent?.slice(3, 35);
  return { correlationId: hasOwnId ? requestId : (traceId ?? requestId), traceparent };
}
