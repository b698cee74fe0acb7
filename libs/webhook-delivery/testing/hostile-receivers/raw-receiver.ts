import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { HostileKind } from './hostile-kind.js';

const BETWEEN_BYTES_MS = 2;
const POURED_BYTES = 16_384;
const END_OF_HEAD = '\r\n\r\n';
const CONTENT_LENGTH = /\r\ncontent-length: (\d+)/i;

/** The receiver's action on one connection, at one of the moments that {@link HostileKind} names. */
export type Conduct = (socket: Socket, when: HostileKind['on']) => unknown;

/** A receiver on raw sockets, on a free loopback port: it knows of HTTP only where a request ends. */
export class RawReceiver {
  requests = 0;
  url = '';
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(conduct: Conduct) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
      void conduct(socket, 'connection');
      let received = '';
      let isHeadSeen = false;
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
        for (;;) {
          const end = received.indexOf(END_OF_HEAD);
          if (end < 0) return;
          if (!isHeadSeen) void conduct(socket, 'head');
          isHeadSeen = true;
          const length = Number(CONTENT_LENGTH.exec(received.slice(0, end))?.[1] ?? 0);
          const whole = end + END_OF_HEAD.length + length;
          if (received.length < whole) return;
          received = received.slice(whole);
          isHeadSeen = false;
          this.requests++;
          void conduct(socket, 'request');
        }
      });
    });
  }

  static async start(conduct: Conduct): Promise<RawReceiver> {
    const receiver = new RawReceiver(conduct);
    await new Promise<void>((resolve) => {
      receiver.#server.listen(0, '127.0.0.1', resolve);
    });
    receiver.url = `http://127.0.0.1:${(receiver.#server.address() as AddressInfo).port}/hook`;
    return receiver;
  }

  /** One that treats everybody in this way. */
  static hostile(kind: HostileKind): Promise<RawReceiver> {
    return RawReceiver.start((socket, when) => (when === kind.on ? mistreat(socket, kind) : undefined));
  }

  /** Open connections. */
  get connections(): number {
    return this.#sockets.size;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

async function mistreat(socket: Socket, { sends, how, then }: HostileKind): Promise<void> {
  const bytes = Buffer.from(sends, 'latin1');
  switch (how) {
    case 'at-once':
      await written(socket, bytes);
      break;
    case 'for-ever':
      await pourOut(socket, bytes);
      break;
    case 'byte-by-byte':
      for (let at = 0; at < bytes.length && !socket.destroyed; at++) {
        await written(socket, bytes.subarray(at, at + 1));
        await sleep(BETWEEN_BYTES_MS);
      }
      break;
  }
  if (then === 'end') socket.end();
  else if (then === 'reset') socket.resetAndDestroy();
}

/** In large pieces with pauses; otherwise it would slow down what is measured in the same process. */
async function pourOut(socket: Socket, bytes: Buffer): Promise<void> {
  const many = Buffer.alloc(Math.ceil(POURED_BYTES / bytes.length) * bytes.length, bytes);
  while (!socket.destroyed) {
    await written(socket, many);
    await setImmediate();
  }
}

/** Resolves when the system has taken it, or never will. */
const written = (socket: Socket, bytes: Buffer): Promise<void> =>
  new Promise((resolve) => {
    if (socket.destroyed) return resolve();
    socket.once('close', resolve);
    socket.write(bytes, () => {
      socket.off('close', resolve);
      resolve();
    });
  });
