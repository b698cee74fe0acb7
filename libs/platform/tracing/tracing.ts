/** Injection token of {@link Tracing}. */
export const TRACING = Symbol('tracing');

/** Members without a value are left out. */
export type SpanAttributes = Readonly<
  Record<string, string | number | boolean | readonly string[] | undefined>
>;

export interface SpanStart {
  /** As OpenTelemetry has it. Default: `internal`. */
  readonly kind?: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  /** The trace context that the span continues; `null` begins a trace, which is recorded at the configured rate. */
  readonly parent: string | null;
  /** The parent comes from outside, so the configured sampler decides whether its trace is recorded here. */
  readonly isFromOutside?: true;
  /** The trace that the span begins is recorded in any case, because it is about others that are. */
  readonly isRecorded?: true;
  /** Other trace contexts that led to the span. */
  readonly links?: readonly string[];
  readonly attributes?: SpanAttributes;
  /** Milliseconds since 1970, as {@link preciseNow} gives them. Default: now. */
  readonly startedAt?: number;
}

/** A piece of work in a trace, from its start to its end. No method throws. */
export interface TraceSpan {
  /** What to pass on, so that what follows belongs to the span. */
  readonly traceparent: string | null;
  /** Whether anything is recorded. */
  readonly isRecorded: boolean;
  set(attributes: SpanAttributes): void;
  /** Notes a moment. @param at as for {@link SpanStart.startedAt} */
  note(name: string, at?: number): void;
  /** Marks the span as failed. @param reason a name or a code, never a text that may contain personal data */
  fail(reason: string): void;
  /** @param at as for {@link SpanStart.startedAt} */
  end(at?: number): void;
}

/**
 * Records traces. A context travels as data, as a `traceparent`: in requests, commands, events and deliveries. The work of
 * one process therefore needs no store that follows its promises, which would cost more than the spans.
 */
export interface Tracing {
  /** Whether anything may ever be recorded. */
  readonly isOn: boolean;
  start(name: string, start: SpanStart): TraceSpan;
}

/** Passes on what is given, and records nothing. */
export class UnrecordedSpan implements TraceSpan {
  readonly isRecorded = false;
  constructor(readonly traceparent: string | null) {}
  set(): void {}
  note(): void {}
  fail(): void {}
  end(): void {}
}

/** Tracing that is off. */
export const NO_TRACING: Tracing = {
  isOn: false,
  start: (_, { parent }) => new UnrecordedSpan(parent),
};

/** The monotonic clock runs a little faster or slower than the set one, which adds up to seconds in weeks. */
const MOST_DRIFT_MS = 20;
let origin = performance.timeOrigin;

/** Milliseconds since 1970, with fractions that tell the order of what happens in the same millisecond. */
export function preciseNow(): number {
  const drift = Date.now() - (origin + performance.now());
  if (Math.abs(drift) > MOST_DRIFT_MS) origin += drift;
  return origin + performance.now();
}
