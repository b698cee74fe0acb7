import { connect, type Socket } from 'node:net';
import { connect as connectEncrypted } from 'node:tls';
import { type RawAnswer, rawAnswers } from './raw-answers.js';

/** A connection on which requests are written byte for byte. */
export class RawClient {
  received = '';
  #ended = false;
  readonly #changed = new Set<() => void>();

  private constructor(private readonly socket: Socket) {
    const change = () => {
      for (const tell of this.#changed) tell();
    };
    socket.on('data', (data: Buffer) => {
      this.received += data.toString('latin1');
      change();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#ended = true;
      change();
    });
  }

  /** @param ca authority of the server's certificate, for `https` */
  static to(url: string, ca?: string): RawClient {
    const { hostname: host, port, protocol } = new URL(url);
    return new RawClient(
      protocol === 'https:'
        ? connectEncrypted({ host, port: Number(port), ...(ca && { ca }) })
        : connect({ host, port: Number(port), noDelay: true }),
    );
  }

  send(path: string, headers: Record<string, string>, body: string | Buffer = '', method = 'POST'): void {
    const lines = Object.entries({ host: 'localhost', ...headers }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    this.write(`${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
    this.write(body);
  }

  write(body: string | Buffer): void {
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(body);
  }

  /** Those that have come whole. */
  get answers(): RawAnswer[] {
    return rawAnswers(this.received).answers;
  }

  /** The status of the first answer that is more than `100 Continue`. */
  async status(): Promise<number> {
    await this.until(() => this.#status !== undefined);
    return this.#status ?? 0;
  }

  async received100(): Promise<void> {
    await this.until(() => this.received.includes('100 Continue'));
  }

  /** Resolves when the server has closed the connection. */
  async closed(): Promise<void> {
    await this.until(() => this.#ended);
  }

  /** Says that nothing more will come, and goes on reading. */
  halfClose(): void {
    this.socket.end();
  }

  close(): void {
    this.socket.destroy();
  }

  /** With a TCP reset. */
  reset(): void {
    this.socket.resetAndDestroy();
  }

  /** Looks whenever something has come. @throws when the connection ends first */
  until(check: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!check() && !this.#ended) return;
        this.#changed.delete(look);
        if (check()) resolve();
        else reject(new Error(`the connection ended after ${JSON.stringify(this.received.slice(0, 500))}`));
      };
      this.#changed.add(look);
      look();
    });
  }

  get #status(): number | undefined {
    const status = /^HTTP\/1\.1 ([2-5]\d\d)/m.exec(this.received)?.[1];
    return status === undefined ? undefined : Number(status);
  }
}
