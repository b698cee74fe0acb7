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
  /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-[\x21-\x7e]{0,400})?$/;
/** Of this version. */
const LENGTH = 55;
const SAMPLED = 1;

/** `undefined` for anything but a valid `traceparent`. */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  if (typeof text !== 'string' || !TRACEPARENT.test(text)) return undefined;
  if (text.length > LENGTH && text.startsWith('00')) return undefined;
  const flags = Number.parseInt(text.slice(53, LENGTH), 16);
  return {
    traceId: text.slice(3, 35),
    spanId: text.slice(36, 52),
    isSampled: (flags & SAMPLED) === SAMPLED,
  };
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
