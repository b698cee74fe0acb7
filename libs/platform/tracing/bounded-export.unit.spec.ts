import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { register } from 'prom-client';
import { BoundedExport } from './bounded-export.js';

const span = { spanContext: () => ({ traceFlags: 1 }), resource: {} } as unknown as ReadableSpan;

async function countOf(name: string): Promise<number> {
  const { values } = (await register.getSingleMetric(name)?.get()) ?? { values: [] };
  return values.reduce((sum, { value }) => sum + value, 0);
}

describe('what bounds the export of spans', () => {
  type Answer = Parameters<SpanExporter['export']>[1];

  it('counts spans as lost whose answer does not come in time, once', async () => {
    const answers: Answer[] = [];
    const exporter: SpanExporter = {
      export: (_, done) => void answers.push(done),
      shutdown: async () => undefined,
    };
    const bounded = new BoundedExport(exporter, (counted) => new SimpleSpanProcessor(counted), 10, 20);
    const lost = await countOf('orderstream_trace_spans_dropped_total');
    const taken = await countOf('orderstream_trace_spans_exported_total');
    bounded.onEnd(span);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await countOf('orderstream_trace_spans_dropped_total')).toBe(lost + 1);
    // The collector ends its answer after all.
    answers[0]?.({ code: 0 });
    bounded.onEnd(span);
    await new Promise((resolve) => setImmediate(resolve));
    answers[1]?.({ code: 0 });
    expect(await countOf('orderstream_trace_spans_dropped_total')).toBe(lost + 1);
    expect(await countOf('orderstream_trace_spans_exported_total')).toBe(taken + 1);
  });
});
