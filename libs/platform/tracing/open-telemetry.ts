import {
  type Link,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  RandomIdGenerator,
  type Sampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import type { OnApplicationShutdown } from '@nestjs/common';
import {
  formatTraceparent,
  newId,
  parseTraceparent,
  systemClock,
  type TraceContext,
  unreachable,
  withTimeout,
} from '#libs/kernel';
import type { Settings } from '../settings/settings.js';
import { BoundedExport } from './bounded-export.js';
import {
  preciseNow,
  type SpanAttributes,
  type SpanStart,
  type TraceSpan,
  type Tracing,
  UnrecordedSpan,
} from './tracing.js';

type TracingSettings = NonNullable<Settings['tracing']>;

/** Spans that are sent together. */
/** A collector that drips its answers keeps no more connections open. */
const MOST_EXPORTS = 4;
const EXPORT_SLACK_MS = 500;
const BATCH_SPANS = 1_024;

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/**
 * Tracing by OpenTelemetry, over OTLP. Whether a trace is recorded is decided once, where it begins or comes in; everything
 * within it follows.
 */
export class OpenTelemetry implements Tracing, OnApplicationShutdown {
  readonly isOn = true;
  readonly #ids = new RandomIdGenerator();
  readonly #sampler: Sampler;
  readonly #provider: BasicTracerProvider;
  readonly #tracer: Tracer;

  private constructor(
    settings: TracingSettings,
    processor: BoundedExport,
    private readonly flushMs: number,
  ) {
    this.#sampler = samplerOf(settings.sampler);
    this.#provider = new BasicTracerProvider({
      // Only what is to be recorded reaches the provider.
      sampler: new AlwaysOnSampler(),
      resource: resourceFromAttributes({
        'service.instance.id': newId(),
        ...settings.resource,
        'service.name': settings.serviceName,
      }),
      spanProcessors: [processor],
    });
    this.#tracer = this.#provider.getTracer('orderstream');
  }

  /**
   * Loads what sends spans. The collector need not be there, now or ever.
   * @param flushMs how long sending the last spans may delay the end of the process
   */
  static async open(settings: TracingSettings, flushMs: number): Promise<OpenTelemetry> {
    const { url, headers, timeoutMs } = settings;
    const { OTLPTraceExporter } =
      settings.protocol === 'http/json'
        ? await import('@opentelemetry/exporter-trace-otlp-http')
        : await import('@opentelemetry/exporter-trace-otlp-proto');
    const exporter = new OTLPTraceExporter({
      url,
      headers,
      timeoutMillis: timeoutMs,
      concurrencyLimit: MOST_EXPORTS,
    });
    const limits = {
      maxQueueSize: settings.maxQueued,
      maxExportBatchSize: Math.min(BATCH_SPANS, settings.maxQueued),
      scheduledDelayMillis: settings.delayMs,
      exportTimeoutMillis: timeoutMs + 2 * EXPORT_SLACK_MS,
    };
    const processor = new BoundedExport(
      exporter,
      (counted) => new BatchSpanProcessor(counted, limits),
      settings.maxQueued,
      timeoutMs + EXPORT_SLACK_MS,
    );
    return new OpenTelemetry(settings, processor, flushMs);
  }

  start(name: string, start: SpanStart): TraceSpan {
    const given = parseTraceparent(start.parent);
    if (!this.#isToRecord(name, given, start)) {
      // A trace that begins unrecorded is known to be so by all that follows.
      const context = given ?? {
        traceId: this.#ids.generateTraceId(),
        spanId: this.#ids.generateSpanId(),
      };
      return new UnrecordedSpan(formatTraceparent({ ...context, isSampled: false }));
    }
    return new RecordedSpan(
      this.#tracer.startSpan(
        name,
        {
          kind: KINDS[start.kind ?? 'internal'],
          ...(start.attributes && { attributes: start.attributes as Record<string, string> }),
          ...(start.links && { links: start.links.flatMap(linkTo) }),
          startTime: start.startedAt ?? preciseNow(),
        },
        parentOf(given),
      ),
    );
  }

  async onApplicationShutdown(): Promise<void> {
    await withTimeout(this.flushMs, this.#provider.shutdown(), systemClock);
  }

  #isToRecord(name: string, given: TraceContext | undefined, start: SpanStart): boolean {
    if (start.isRecorded) return true;
    if (given && !start.isFromOutside) return given.isSampled;
    const { kind, attributes } = start;
    // A rate counts trace ids. A client could choose its own so that each is recorded.
    const traceId = this.#ids.generateTraceId();
    const { decision } = this.#sampler.shouldSample(
      parentOf(given),
      traceId,
      name,
      KINDS[kind ?? 'internal'],
      (attributes ?? {}) as Record<string, string>,
      [],
    );
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  }
}

class RecordedSpan implements TraceSpan {
  readonly isRecorded = true;
  readonly traceparent: string;

  constructor(private readonly span: Span) {
    const { traceId, spanId } = span.spanContext();
    this.traceparent = formatTraceparent({ traceId, spanId, isSampled: true });
  }

  set(attributes: SpanAttributes): void {
    this.span.setAttributes(attributes as Record<string, string>);
  }

  note(name: string, at?: number): void {
    this.span.addEvent(name, at ?? preciseNow());
  }

  fail(reason: string): void {
    this.span.setStatus({ code: SpanStatusCode.ERROR });
    this.span.setAttribute('error.type', reason);
  }

  end(at?: number): void {
    this.span.end(at ?? preciseNow());
  }
}

const contextOf = ({ traceId, spanId, isSampled }: TraceContext): SpanContext => ({
  traceId,
  spanId,
  traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
  isRemote: true,
});

const parentOf = (given: TraceContext | undefined) =>
  given ? trace.setSpanContext(ROOT_CONTEXT, contextOf(given)) : ROOT_CONTEXT;

function linkTo(traceparent: string): Link[] {
  const context = parseTraceparent(traceparent);
  return context ? [{ context: contextOf(context) }] : [];
}

function samplerOf({ name, rate }: TracingSettings['sampler']): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(rate);
    case 'parentbased_always_on':
      return new ParentBasedSampler({ root: new AlwaysOnSampler() });
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() });
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(rate) });
    default:
      return unreachable(name);
  }
}
