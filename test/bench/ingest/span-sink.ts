import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands for a collector of traces: takes whatever comes, and reads none of it. */
export class SpanSink {
  bytes = 0;
  requests = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.requests++;
      request.on('data', (chunk: Buffer) => {
        this.bytes += chunk.length;
      });
      request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
    });
  }

  static async start(): Promise<SpanSink> {
    const sink = new SpanSink();
    await new Promise<void>((resolve) => {
      sink.#server.listen(0, '127.0.0.1', resolve);
    });
    return sink;
  }

  /** The settings of an app that sends it its spans. @param rate share of requests whose traces are recorded */
  settings(rate: number): Readonly<Record<string, string>> {
    return {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`,
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: String(rate),
    };
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
