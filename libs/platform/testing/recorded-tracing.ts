import { randomBytes } from 'node:crypto';
import { formatTraceparent, parseTraceparent } from '#libs/kernel';
import {
  type SpanAttributes,
  type SpanStart,
  type TraceSpan,
  type Tracing,
  UnrecordedSpan,
} from '../tracing/tracing.js';

/** A span that was started, with all that became of it. */
export interface StartedSpan extends Omit<SpanStart, 'attributes'> {
  readonly name: string;
  readonly traceparent: string;
  readonly attributes: Record<string, unknown>;
  readonly notes: string[];
  failure: string | undefined;
  hasEnded: boolean;
}

/** Records spans in memory: all but those of a trace that is not sampled. */
export class RecordedTracing implements Tracing {
  readonly isOn = true;
  readonly spans: StartedSpan[] = [];

  start(name: string, start: SpanStart): TraceSpan {
    const parent = parseTraceparent(start.parent);
    if (parent?.isSampled === false) return new UnrecordedSpan(start.parent);
    const traceId = parent?.traceId ?? randomBytes(16).toString('hex');
    const traceparent = formatTraceparent({
      traceId,
      spanId: randomBytes(8).toString('hex'),
      isSampled: true,
    });
    const span: StartedSpan = {
      ...start,
      name,
      traceparent,
      attributes: { ...start.attributes },
      notes: [],
      failure: undefined,
      hasEnded: false,
    };
    this.spans.push(span);
    return {
      traceparent,
      isRecorded: true,
      set: (attributes: SpanAttributes) => void Object.assign(span.attributes, attributes),
      note: (note) => void span.notes.push(note),
      fail: (reason) => {
        span.failure = reason;
      },
      end: () => {
        span.hasEnded = true;
      },
    };
  }

  named(name: string): StartedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }
}
