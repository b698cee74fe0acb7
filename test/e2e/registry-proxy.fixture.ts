import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Stands before a schema registry, and answers as one does that was rebuilt, or is being rebuilt. */
export class RegistryProxy {
  /** It has lost its schemas, like an empty registry. */
  isEmpty = false;
  /** Ids that have changed places, as after schemas were registered anew in another order. */
  swapped: readonly [number, number] | undefined;
  readonly #server: Server;

  private constructor(private readonly target: string) {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.#forward(request.method ?? 'GET', request.url ?? '/', Buffer.concat(chunks)).then(
          ({ status, text }) =>
            response
              .writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' })
              .end(text),
          () => response.writeHead(502).end(),
        );
      });
    });
  }

  static async before(target: string): Promise<RegistryProxy> {
    const proxy = new RegistryProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get url(): string {
    const { pathname } = new URL(this.target);
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${pathname}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #other(id: number): number {
    const [a, b] = this.swapped ?? [];
    return id === a ? (b ?? id) : id === b ? (a ?? id) : id;
  }

  async #forward(method: string, path: string, body: Buffer): Promise<{ status: number; text: string }> {
    if (this.isEmpty && /\/(?:schemas\/ids|subjects)\//.test(path))
      return { status: 404, text: '{"error_code":40403,"message":"Schema not found"}' };
    const asked = path.replace(
      /(\/schemas\/ids\/)(\d+)/,
      (_, before: string, id: string) => `${before}${this.#other(Number(id))}`,
    );
    const answer = await fetch(`${new URL(this.target).origin}${asked}`, {
      method,
      ...(body.length > 0 && { body, headers: { 'content-type': 'application/json' } }),
    });
    const text = (await answer.text()).replace(
      /"id":(\d+)/g,
      (_, id: string) => `"id":${this.#other(Number(id))}`,
    );
    return { status: answer.status, text };
  }
}
