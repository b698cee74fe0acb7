import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { someRequest } from '#libs/event-store/testing';
import type { ForwardedAnswer, ForwardedCommand } from '../peers/forwarded-commands.js';

export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly commands: readonly ForwardedCommand[];
}

type Reply = (commands: readonly ForwardedCommand[], response: ServerResponse) => void | Promise<void>;

/** A fake peer that receives forwarded commands. */
export class PeerServer {
  readonly received: ReceivedRequest[] = [];
  /** Handles received commands. */
  reply: Reply = (commands, response) => this.answer(response, commands.map(resultOf));
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((request, response) => void this.#take(request, response));

  static async start(port = 0): Promise<PeerServer> {
    const peer = new PeerServer();
    peer.#server.on('connection', (socket) => {
      peer.#sockets.add(socket);
      socket.on('close', () => peer.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => {
      peer.#server.listen(port, '127.0.0.1', resolve);
    });
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  answer(response: ServerResponse, answers: readonly unknown[]): void {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answers));
  }

  /** From now on every command has the same answer. */
  replyWith(answer: ForwardedAnswer): void {
    this.reply = (commands, response) => this.answer(response, Array(commands.length).fill(answer));
  }

  /** Cuts all connections, like a killed process. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.cut();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const commands = JSON.parse(await text(request)) as ForwardedCommand[];
    this.received.push({ path: request.url ?? '', headers: request.headers, commands });
    await this.reply(commands, response);
  }
}

/** An accepted command's answer, with the stream id as its state. */
export const resultOf = ({ request }: ForwardedCommand): ForwardedAnswer => ({
  kind: 'result',
  result: {
    ok: true,
    value: {
      stream: { tenant: 't', version: 1, createdAt: '', updatedAt: '', state: request.streamId },
      position: { topic: 'orders', partition: 0, offset: 0 },
    },
  },
});

export const forwarded = (streamId: string, bytes = 100, timeLeftMs = 2_000): ForwardedCommand => ({
  topic: 'orders',
  timeLeftMs,
  request: someRequest(streamId, { type: 'test' }, { bytes }),
});
