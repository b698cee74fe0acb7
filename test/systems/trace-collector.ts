import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly OtlpAttribute[];
  readonly events?: readonly { readonly name: string; readonly timeUnixNano: string }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status?: { readonly code?: number };
}

interface OtlpTraces {
  readonly resourceSpans?: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

/** A span as a collector gets it. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the root of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly durationMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly notes: readonly string[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly hasFailed: boolean;
  /** Of the process that sent it. */
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector of traces on a free loopback port, for OTLP as JSON. */
export class TraceCollector {
  readonly spans: CollectedSpan[] = [];
  /** The value for OTEL_EXPORTER_OTLP_ENDPOINT. */
  url = '';
  /** Requests that came. */
  requests = 0;
  /** Answers nobody while it is set. */
  hangs = false;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests++;
      if (this.hangs) return;
      void json(request).then((body) => {
        this.#take(body as OtlpTraces);
        response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
  }

  static async start(): Promise<TraceCollector> {
    const collector = new TraceCollector();
    await new Promise<void>((resolve) => {
      collector.#server.listen(0, '127.0.0.1', resolve);
    });
    collector.url = `http://127.0.0.1:${(collector.#server.address() as AddressInfo).port}`;
    return collector;
  }

  /** The settings of a system that sends it all its spans, soon. */
  get settings(): Readonly<Record<string, string>> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: this.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
  }

  /** The spans of a trace, in the order in which they began. */
  trace(traceId: string): CollectedSpan[] {
    return this.spans
      .filter((span) => span.traceId === traceId)
      .toSorted((a, b) => a.startedAt - b.startedAt || b.durationMs - a.durationMs);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #take({ resourceSpans = [] }: OtlpTraces): void {
    for (const { resource, scopeSpans } of resourceSpans)
      for (const { spans } of scopeSpans)
        for (const span of spans) this.spans.push(collected(span, valuesOf(resource.attributes)));
  }
}

function collected(span: OtlpSpan, resource: CollectedSpan['resource']): CollectedSpan {
  const { traceId, spanId, parentSpanId = '', name, startTimeUnixNano, endTimeUnixNano } = span;
  const { attributes = [], events = [], links = [], status } = span;
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    startedAt: Number(startTimeUnixNano) / 1e6,
    durationMs: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6,
    attributes: valuesOf(attributes),
    notes: events.map((event) => event.name),
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    hasFailed: status?.code === 2,
    resource,
  };
}

const valuesOf = (attributes: readonly OtlpAttribute[]): Record<string, unknown> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));

/** A trace as a tree: when each span began, in milliseconds after the first, how long it took, and its name. */
export function drawTrace(spans: readonly CollectedSpan[]): string {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const roots = spans.filter(({ parentSpanId }) => !known.has(parentSpanId));
  const began = Math.min(...spans.map(({ startedAt }) => startedAt));
  const draw = (span: CollectedSpan, depth: number): string[] => {
    const at = (span.startedAt - began).toFixed(1).padStart(8);
    const took = span.durationMs.toFixed(1).padStart(8);
    const line = `${at} ${took}  ${'  '.repeat(depth)}${span.name}${remarkOf(span)}`;
    const children = spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
    return [line, ...children.flatMap((child) => draw(child, depth + 1))];
  };
  return ['at ms    took ms', ...roots.flatMap((root) => draw(root, 0))].join('\n');
}

function remarkOf({ attributes, hasFailed }: CollectedSpan): string {
  const text = (name: string) => attributes[name] as string | number | undefined;
  const outcome = text(hasFailed ? 'error.type' : 'http.response.status_code');
  const remarks = [text('orderstream.input'), outcome].filter((remark) => remark !== undefined);
  return remarks.length > 0 ? ` (${remarks.join(', ')})` : '';
}
