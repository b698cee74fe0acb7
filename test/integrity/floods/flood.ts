import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface FloodTarget {
  readonly url: string;
  /** The greedy tenant's. */
  readonly apiKey: string;
}

export interface RawRequest {
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  /** Written one after the other, as fast as the server takes them. */
  readonly body?: Iterable<Buffer>;
  /** Between two parts of the body. Milliseconds. */
  readonly pauseMs?: number;
  /** Leaves the answer unread. */
  readonly deaf?: boolean;
}

/** One way of giving a server more work than it is worth. */
export interface Flood {
  readonly name: string;
  /** How many go on at once. */
  readonly times: number;
  /** Does it once. @returns what came of it, to be counted: a status, usually */
  readonly run: (target: FloodTarget, signal: AbortSignal) => Promise<number | string>;
}

const LIFE_MS = 60_000;

/**
 * One request on a connection of its own, byte for byte as given.
 * @returns the status; 0 when the connection ended without one
 */
export async function sendRaw(
  { url }: FloodTarget,
  request: RawRequest,
  signal: AbortSignal,
): Promise<number> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  const answered = statusOf(socket, request.deaf ?? false, signal);
  socket.write(headOf(request, hostname));
  void writeBody(socket, request);
  return answered;
}

function headOf({ method = 'POST', path, headers = {} }: RawRequest, host: string): string {
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

async function writeBody(socket: Socket, { body = [], pauseMs }: RawRequest): Promise<void> {
  for (const part of body) {
    if (socket.destroyed) return;
    if (!socket.write(part)) await eitherOf(socket, 'drain', 'close');
    if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** Waits for the first of these events, and leaves no listener behind. */
async function eitherOf(socket: Socket, ...names: string[]): Promise<void> {
  const over = new AbortController();
  const heard = names.map((name) => once(socket, name, { signal: over.signal }));
  await Promise.race(heard).catch(() => undefined);
  over.abort();
}

function statusOf(socket: Socket, isDeaf: boolean, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    let status = 0;
    const end = () => socket.destroy();
    const timer = setTimeout(end, LIFE_MS);
    signal.addEventListener('abort', end, { once: true });
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(status);
    });
    if (isDeaf) return;
    socket.on('data', (data: Buffer) => {
      // `100 Continue` is no answer yet.
      if (status === 0) status = Number(/^HTTP\/1\.1 ([2-5]\d\d)/m.exec(data.toString('latin1'))?.[1] ?? 0);
      if (status !== 0) end();
    });
  });
}
