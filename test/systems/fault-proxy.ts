import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/**
 * Stands between clients and one broker. On command it goes on to forward requests and drops the answers, and then
 * cuts the connections: what was appended in between is in the log, and its writer cannot know.
 */
export class FaultProxy {
  /** The broker's own port; known only once the broker, which has to know this proxy's, has started. */
  target = 0;
  #swallowing = false;
  readonly #clients = new Set<Socket>();
  readonly #server = createServer((client) => this.#serve(client));

  /** @returns a proxy that listens. */
  static async open(port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy();
    proxy.#server.listen({ port, host: '127.0.0.1' });
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on requests arrive, but their answers do not. */
  swallowAnswers(): void {
    this.#swallowing = true;
  }

  /** Ends the swallowing, if any, and cuts every connection; new ones are served as ever. */
  cut(): void {
    this.#swallowing = false;
    for (const client of this.#clients) client.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const broker = connect({ port: this.target, host: '127.0.0.1', noDelay: true });
    client.setNoDelay(true);
    this.#clients.add(client);
    forward(client, broker, () => true);
    forward(broker, client, () => !this.#swallowing);
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      // Reported by `close` as well; without a listener it would end the process.
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#clients.delete(client);
        other.destroy();
      });
    }
  }
}

function forward(from: Socket, to: Socket, isOpen: () => boolean): void {
  from.on('data', (bytes) => {
    if (isOpen() && !to.write(bytes)) from.pause();
  });
  to.on('drain', () => from.resume());
  from.on('end', () => to.end());
}
