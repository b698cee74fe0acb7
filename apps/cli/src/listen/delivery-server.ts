import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { DeliveryRequest } from './delivery-line.js';

/** Receives deliveries on a loopback port. The handler's result is the status of the response. */
export class DeliveryServer {
  readonly #server: Server;

  constructor(take: (delivery: DeliveryRequest) => Promise<number>) {
    this.#server = createServer((request, response) => {
      read(request)
        .then(take)
        .then((status) => response.writeHead(status).end())
        .catch(() => response.destroy());
    });
  }

  /** @returns the URL to deliver to. @param port 0 picks a free one */
  async listen(port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}

async function read(request: IncomingMessage): Promise<DeliveryRequest> {
  return { headers: request.headers, body: await text(request) };
}
