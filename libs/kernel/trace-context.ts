/** The W3C trace context in a `traceparent`: which span of which trace something follows from. */
export interface TraceContext {
  /** 32 hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Whether whoever wrote it records the trace. */
  readonly isSampled: boolean;
}

/** A version that is newer than this one may have more fields. */
const TRACEPARENT =
  /^(?!ff)(?<version>[0-9a-f]{2})-(?<traceId>(?!0{32})[0-9a-f]{32})-(?<spanId>(?!0{16})[0-9a-f]{16})-(?<flags>[0-9a-f]{2})(?<more>-[\x21-\x7e]{0,400})?$/;
const SAMPLED = 1;

/** `undefined` for anything but a valid `traceparent`. */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  if (typeof text !== 'string') return undefined;
  const { version, traceId, spanId, flags, more } = TRACEPARENT.exec(text)?.groups ?? {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && more !== undefined) return undefined;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export const formatTraceparent = ({ traceId, spanId, isSampled }: TraceContext): string =>
  `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;

/** Whether spans of the trace are recorded. Cheap, because it is asked of each event and command. */
export const isSampledTrace = (traceparent: string | null | undefined): traceparent is string =>
  parseTraceparent(traceparent)?.isSampled ?? false;

/** After this time, what an event leads to is no longer part of the trace of the request that led to the event. */
const TRACE_LASTS_MS = 3_600_000;

/**
 * Whether what happens now with an event belongs to its trace. Replays, rebuilds and new subscriptions handle events that are
 * years old, whose traces nobody keeps.
 * @param now milliseconds since 1970
 */
export const continuesTrace = ({ occurredAt }: { readonly occurredAt: string }, now: number): boolean =>
  now - Date.parse(occurredAt) <= TRACE_LASTS_MS;
