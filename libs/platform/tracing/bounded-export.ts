import type { Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { Logger } from '@nestjs/common';
import { Counter } from 'prom-client';

const dropped = new Counter({
  name: 'orderstream_trace_spans_dropped_total',
  help: 'Spans that were lost: too many waited for the collector (queue), or it did not take them (export).',
  labelNames: ['reason'],
});
const exported = new Counter({
  name: 'orderstream_trace_spans_exported_total',
  help: 'Spans that the collector has taken.',
});

/** One that comes and goes would fill the log. */
const TELL_AGAIN_MS = 30_000;

/** As the SDK's `ExportResultCode` has it. */
const FAILED = 1;

/**
 * Bounds the spans in memory, and counts those that are lost, which the batching processor of the SDK does not tell. A
 * collector that is away is logged once, and again when it is back.
 */
export class BoundedExport implements SpanProcessor {
  readonly #logger = new Logger('Tracing');
  readonly #batching: SpanProcessor;
  /** Spans that wait. Those under way are bounded by the size of a batch. */
  #waiting = 0;
  #toldAt = Number.NEGATIVE_INFINITY;
  #isTold = false;

  /** @param totalMs longest time until the collector has answered, repeats included */
  constructor(
    exporter: SpanExporter,
    batching: (counted: SpanExporter) => SpanProcessor,
    private readonly maxWaiting: number,
    totalMs: number,
  ) {
    this.#batching = batching({
      export: (spans, done) => {
        this.#waiting -= spans.length;
        let isOver = false;
        const end: typeof done = (result) => {
          if (isOver) return;
          isOver = true;
          clearTimeout(timer);
          this.#ended(spans.length, result.code ? (result.error ?? new Error('refused')) : undefined);
          done(result);
        };
        // The exporter's own timeout begins anew with each byte of the answer.
        const timer = setTimeout(
          () => end({ code: FAILED, error: new Error('no whole answer in time') }),
          totalMs,
        );
        timer.unref();
        exporter.export(spans, end);
      },
      shutdown: () => exporter.shutdown(),
    });
  }

  onStart(span: Span, context: Context): void {
    this.#batching.onStart(span, context);
  }

  onEnd(span: ReadableSpan): void {
    if (this.#waiting >= this.maxWaiting) {
      dropped.inc({ reason: 'queue' });
      return;
    }
    this.#waiting++;
    this.#batching.onEnd(span);
  }

  forceFlush(): Promise<void> {
    return this.#batching.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#batching.shutdown();
  }

  #ended(spans: number, error: Error | undefined): void {
    if (error) dropped.inc({ reason: 'export' }, spans);
    else exported.inc(spans);
    if (error === undefined) {
      if (this.#isTold) this.#logger.log('the collector of traces takes spans again');
      this.#isTold = false;
    } else if (!this.#isTold && performance.now() - this.#toldAt >= TELL_AGAIN_MS) {
      this.#logger.warn(`the collector of traces takes no spans: ${error.message}; they are dropped`);
      this.#isTold = true;
      this.#toldAt = performance.now();
    }
  }
}
