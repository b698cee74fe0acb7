import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

interface Delivered {
  readonly eventType?: string;
  readonly data?: { readonly orderId?: string };
}

/** Endpoints that count what they get, and keep nothing. */
export class Subscribers {
  /** Whether requests are answered 503. */
  areAway = false;
  taken = 0;
  refused = 0;
  readonly #awaited = new Map<string, () => void>();
  readonly #server = createServer((request, response) => {
    this.#receive(request, response).catch(() => response.destroy());
  });

  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Resolves when an event of the order has come. */
  arrivalOf(orderId: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#awaited.set(orderId, resolve);
      signal.addEventListener('abort', () => {
        this.#awaited.delete(orderId);
        reject(new Error('no webhook in time'));
      });
    });
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { data } = (await json(request)) as Delivered;
    if (this.areAway) this.refused++;
    else this.taken++;
    response.writeHead(this.areAway ? 503 : 204).end();
    if (this.areAway || data?.orderId === undefined) return;
    this.#awaited.get(data.orderId)?.();
    this.#awaited.delete(data.orderId);
  }
}
