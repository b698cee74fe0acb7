import { parseTraceparent } from '#libs/kernel';

/** Fields of a log line, by which it is found with its trace. */
export interface LoggedTrace {
  readonly traceId?: string;
  readonly spanId?: string;
}

/**
 * The fields of a log line about a span.
 * @param given the context that it follows from, for where there is no span of ours
 */
export function loggedTrace(own: string | null | undefined, given?: string | null): LoggedTrace {
  const context = parseTraceparent(own);
  if (context) return { traceId: context.traceId, spanId: context.spanId };
  const followed = parseTraceparent(given);
  return followed ? { traceId: followed.traceId } : {};
}
