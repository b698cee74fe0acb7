import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  GATEWAY_PATHS,
  GatewayLedger,
  IDEMPOTENCY_KEY_HEADER,
  KeyReusedError,
  type LedgerCalls,
  type LedgerOperation,
  REQUEST_ID_HEADER,
} from '#libs/payment-gateways/simulated';
import { faultsSchema, OPERATIONS, type ServerFault, type ServerFaults } from './gateway-calls.js';
import { Journal } from './journal.js';

const MAX_BODY_BYTES = 100_000;
const SLOW_MS = 3_000;
const SECOND_ANSWER_MS = 20;

interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** What a token does to its authorization, besides the outcome, which is the ledger's. */
const isToken = (call: unknown, token: string): boolean => (call as { token?: unknown }).token === token;

/** A payment gateway that moves no money. Its tokens and faults make it behave as badly as real ones do. */
export class GatewayServer {
  readonly #ledger = new GatewayLedger();
  readonly #journal: Journal;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Orders whose `tok_error_once` has failed. */
  readonly #failed = new Set<string>();
  #faults: ServerFaults = { next: [], shares: {} };

  constructor(
    directory: string,
    private readonly slowMs = SLOW_MS,
  ) {
    this.#journal = new Journal(directory);
    for (const entry of this.#journal.read()) this.#ledger.replay(entry);
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        console.error(error);
        request.socket.destroy();
      });
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** @returns the port, which differs if it was 0 */
  async listen(port: number, host: string): Promise<number> {
    this.#server.listen({ port, host });
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts all connections, also those that wait for an answer that never comes. */
  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://gateway');
    const answer = (given: HttpAnswer): void => send(request, response, given);
    if (request.method === 'GET') {
      answer(this.#read(pathname, searchParams.get('orderId')));
      return;
    }
    const body = await jsonBody(request);
    if (request.method === 'PUT' && pathname === GATEWAY_PATHS.faults) {
      const faults = faultsSchema.safeParse(body);
      if (faults.success) this.#faults = faults.data;
      answer(faults.success ? { status: 200, body: faults.data } : invalid(faults.error.message));
      return;
    }
    const known = request.method === 'POST' ? OPERATIONS.get(pathname) : undefined;
    const idempotencyKey = request.headers[IDEMPOTENCY_KEY_HEADER];
    if (!known) answer({ status: 404, body: { error: 'There is no such path.' } });
    else if (typeof idempotencyKey !== 'string') answer(invalid('Idempotency-Key is missing.'));
    else {
      const parsed = known.body.safeParse(body);
      if (!parsed.success) answer(invalid(parsed.error.message));
      else
        await this.#operate(
          known.operation,
          { ...(parsed.data as object), idempotencyKey },
          { request, answer },
        );
    }
  }

  #read(path: string, orderId: string | null): HttpAnswer {
    if (path === GATEWAY_PATHS.health) return { status: 200, body: { status: 'up' } };
    if (path === GATEWAY_PATHS.report) {
      const { entries } = this.#ledger;
      const operations = orderId === null ? entries : entries.filter(({ call }) => call.orderId === orderId);
      return { status: 200, body: { operations } };
    }
    const [, name, id] = path.split('/');
    return `/${name}` === GATEWAY_PATHS.payments && id
      ? { status: 200, body: this.#ledger.find(decodeURIComponent(id)) }
      : { status: 404, body: { error: 'There is no such path.' } };
  }

  async #operate(
    operation: LedgerOperation,
    given: object,
    { request, answer }: { request: IncomingMessage; answer: (given: HttpAnswer) => void },
  ): Promise<void> {
    const call = given as LedgerCalls[typeof operation]['call'];
    const fault = this.#nextFault();
    if (fault === 'unavailable') {
      answer({ status: 503, body: { error: 'Try again later.' } });
      return;
    }
    if (fault === 'lose-request') {
      request.socket.destroy();
      return;
    }
    // Never answered, and never carried out: the order has to end without it.
    if (isToken(call, 'tok_timeout')) return;
    if (isToken(call, 'tok_error_once') && !this.#failed.has(call.orderId)) {
      this.#failed.add(call.orderId);
      answer({ status: 500, body: { error: 'Something went wrong.' } });
      return;
    }
    if (isToken(call, 'tok_slow')) await sleep(this.slowMs);
    const answered = this.#execute(operation, call);
    if (fault === 'lose-answer') request.socket.destroy();
    else if (isToken(call, 'tok_twice')) await sendTwice(request, answered);
    else answer(answered);
  }

  #execute(operation: LedgerOperation, call: LedgerCalls[LedgerOperation]['call']): HttpAnswer {
    try {
      return { status: 200, body: this.#ledger.execute(operation, call, this.#journal.append) };
    } catch (error) {
      if (!(error instanceof KeyReusedError)) throw error;
      return { status: 422, body: { error: error.message } };
    }
  }

  #nextFault(): ServerFault | undefined {
    const { next, shares } = this.#faults;
    if (next.length > 0) {
      this.#faults = { next: next.slice(1), shares };
      return next[0];
    }
    let draw = Math.random();
    for (const [fault, share] of Object.entries(shares)) {
      if (draw < share) return fault as ServerFault;
      draw -= share;
    }
    return undefined;
  }
}

const invalid = (error: string): HttpAnswer => ({ status: 400, body: { error } });

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}

/** The answer names its call, so that no client takes it for another call's. */
function headersOf(request: IncomingMessage, text: string): Record<string, string | number> {
  const id = request.headers[REQUEST_ID_HEADER];
  return {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(typeof id === 'string' && { [REQUEST_ID_HEADER]: id }),
  };
}

function send(request: IncomingMessage, response: ServerResponse, { status, body }: HttpAnswer): void {
  const text = JSON.stringify(body);
  response.writeHead(status, headersOf(request, text)).end(text);
}

/** Writes the whole response again, on the same connection, where a client could take it for that of its next call. */
async function sendTwice(request: IncomingMessage, { status, body }: HttpAnswer): Promise<void> {
  const text = JSON.stringify(body);
  const head = Object.entries(headersOf(request, text)).map(([name, value]) => `${name}: ${value}\r\n`);
  const response = `HTTP/1.1 ${status} ${status === 200 ? 'OK' : 'Failed'}\r\n${head.join('')}\r\n${text}`;
  request.socket.write(response);
  await sleep(SECOND_ANSWER_MS);
  if (request.socket.writable) request.socket.end(response);
}
