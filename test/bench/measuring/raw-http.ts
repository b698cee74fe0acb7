/**
 * HTTP/1.1 on bare sockets, without chunked bodies and pipelining. It costs a fraction of Node's own client and server, so
 * a load program built on it leaves the machine to what it measures.
 */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface HttpMessage {
  /** The first line and the headers, without the blank line. */
  readonly head: string;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const LENGTH = /\r\ncontent-length: *(\d+)/i;
const CHUNKED = /\r\ntransfer-encoding:/i;
const NOTHING = Buffer.alloc(0);

/** Cuts the bytes of a socket into messages. */
export class MessageReader {
  #rest: Buffer = NOTHING;

  constructor(private readonly onMessage: (message: HttpMessage) => void) {}

  /** @throws for a body of unknown length */
  take(chunk: Buffer): void {
    let bytes = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (let headEnd = bytes.indexOf(HEAD_END); headEnd >= 0; headEnd = bytes.indexOf(HEAD_END)) {
      const head = bytes.toString('latin1', 0, headEnd);
      if (CHUNKED.test(head)) throw new Error('a message without a content-length');
      const bodyStart = headEnd + HEAD_END.length;
      const bodyEnd = bodyStart + Number(LENGTH.exec(head)?.[1] ?? 0);
      if (bytes.length < bodyEnd) break;
      this.onMessage({ head, body: bytes.toString('utf8', bodyStart, bodyEnd) });
      bytes = bytes.subarray(bodyEnd);
    }
    this.#rest = bytes;
  }
}

export interface HttpAnswer extends HttpMessage {
  readonly status: number;
}

interface Waiting {
  readonly resolve: (answer: HttpAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** A client's connection, which is opened with its first request, and anew when it was lost. One request at a time. */
export class HttpConnection {
  #socket: Socket | undefined;
  #waiting: Waiting | undefined;
  readonly #host: string;
  readonly #port: number;
  readonly #headers: string;

  /** @param headers of every request */
  constructor(origin: string, headers: Readonly<Record<string, string>>) {
    const { hostname, port, host } = new URL(origin);
    this.#host = hostname;
    this.#port = Number(port);
    this.#headers = Object.entries({ host, ...headers })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
  }

  /**
   * @param headers more lines, each with its line break
   * @throws when the connection is lost before the answer
   */
  request(method: string, path: string, body = '', headers = ''): Promise<HttpAnswer> {
    const socket = (this.#socket ??= this.#open());
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      const length = body === '' ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
      socket.write(`${method} ${path} HTTP/1.1\r\n${this.#headers}${headers}${length}\r\n${body}`);
    });
  }

  close(): void {
    this.#socket?.destroy();
  }

  #open(): Socket {
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true });
    const reader = new MessageReader((message) => {
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.resolve({ ...message, status: Number(message.head.slice(9, 12)) });
    });
    let failure = new Error('the connection was closed');
    socket.on('error', (error) => {
      failure = error;
    });
    socket.on('close', () => {
      this.#socket = undefined;
      const waiting = this.#waiting;
      this.#waiting = undefined;
      waiting?.reject(failure);
    });
    readInto(socket, reader);
    return socket;
  }
}

export interface HttpRequest extends HttpMessage {
  readonly method: string;
  readonly path: string;
}

/** Answers a request, once. */
export type Answerer = (status: string, body?: string) => void;

/** @returns the port on which it listens, `port` or any. */
export async function serveHttp(
  take: (request: HttpRequest, answer: Answerer) => void,
  port = 0,
): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    const answer: Answerer = (status, body = '') => {
      const type = body === '' ? '' : 'content-type: application/json\r\n';
      const length = status.startsWith('204') ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`;
      socket.write(`HTTP/1.1 ${status}\r\n${type}${length}\r\n${body}`);
    };
    const reader = new MessageReader((message) => {
      const [method = '', path = ''] = message.head.slice(0, message.head.indexOf('\r')).split(' ');
      take({ ...message, method, path }, answer);
    });
    // `close` follows; without a listener it would end the process.
    socket.on('error', () => undefined);
    readInto(socket, reader);
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

function readInto(socket: Socket, reader: MessageReader): void {
  socket.on('data', (chunk) => {
    try {
      reader.take(chunk);
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
}
