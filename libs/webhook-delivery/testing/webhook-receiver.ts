import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { Inbox } from '../../../docs/receiver/inbox.mjs';

/** The native body of a delivery. */
export interface DeliveredEvent {
  readonly eventId: string;
  readonly eventType: string;
  readonly occurredAt: string;
  readonly version: number;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A request as it came in. */
export interface ReceivedDelivery {
  /** From 0, over all requests. */
  readonly index: number;
  readonly receivedAt: number;
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: DeliveredEvent;
  /** The answer; `undefined` until there is one. */
  answer: ScriptedAnswer | undefined;
}

/** The receiver's reaction to a request, once it is recorded. */
export type ScriptedAnswer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
      readonly delayMs?: number;
    }
  /** Never answers; or, after the status, never ends. */
  | { readonly kind: 'hang'; readonly status?: number }
  /** Closes the connection with a TCP reset. */
  | { readonly kind: 'reset' };

export const answerWith = (
  status: number,
  more: { headers?: Record<string, string>; body?: string; delayMs?: number } = {},
): ScriptedAnswer => ({ kind: 'answer', status, ...more });

const OK = answerWith(204);

/** A real HTTP endpoint on a free loopback port that records deliveries and answers as told. */
export class WebhookReceiver {
  readonly deliveries: ReceivedDelivery[] = [];
  /** Connections that were made so far. */
  connections = 0;
  /** The callback URL to subscribe with. */
  url = '';
  /** Decides each answer. */
  script: (delivery: ReceivedDelivery) => ScriptedAnswer = () => OK;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #arrived: (() => void)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
    this.#server.on('connection', (socket) => {
      this.connections++;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver();
    await new Promise<void>((resolve) => {
      receiver.#server.listen(0, '127.0.0.1', resolve);
    });
    receiver.url = `http://127.0.0.1:${(receiver.#server.address() as AddressInfo).port}/hook`;
    return receiver;
  }

  /** The deliveries that were answered with a 2xx. */
  get accepted(): ReceivedDelivery[] {
    return this.deliveries.filter(
      ({ answer }) => answer?.kind === 'answer' && answer.status >= 200 && answer.status < 300,
    );
  }

  /** Resolves once the condition holds; looked at after each answer. @throws when it takes too long */
  async until(
    condition: (deliveries: readonly ReceivedDelivery[]) => boolean,
    withinMs = 120_000,
  ): Promise<void> {
    const deadline = Date.now() + withinMs;
    while (!condition(this.deliveries)) {
      if (Date.now() > deadline)
        throw new Error(`not within ${withinMs} ms; ${this.deliveries.length} requests came`);
      await this.#nextArrival(100);
    }
  }

  /** Deliveries whose signature does not verify with the secret, by the receiver that subscribers copy. */
  wronglySigned(secret: string): ReceivedDelivery[] {
    const inbox = new Inbox([secret]);
    return this.deliveries.filter(({ body, headers }) => {
      try {
        inbox.open(headers, body);
        return false;
      } catch {
        return true;
      }
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request;
    const body = await text(request);
    const event = JSON.parse(body) as DeliveredEvent;
    const index = this.deliveries.length;
    const delivery: ReceivedDelivery = {
      index,
      receivedAt: Date.now(),
      method,
      path,
      headers,
      body,
      event,
      answer: undefined,
    };
    this.deliveries.push(delivery);
    await respond(response, this.script(delivery), (answer) => {
      delivery.answer = answer;
    });
    for (const wake of this.#arrived.splice(0)) wake();
  }

  #nextArrival(atMostMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, atMostMs);
      this.#arrived.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}

/** The answer counts from the moment before it is sent: the sender may act on it at once. */
async function respond(
  response: ServerResponse,
  answer: ScriptedAnswer,
  answered: (answer: ScriptedAnswer) => void,
): Promise<void> {
  switch (answer.kind) {
    case 'answer':
      if (answer.delayMs) await new Promise((resolve) => setTimeout(resolve, answer.delayMs));
      answered(answer);
      response.writeHead(answer.status, { ...answer.headers }).end(answer.body);
      break;
    case 'hang':
      answered(answer);
      if (answer.status) response.writeHead(answer.status).write('…');
      break;
    case 'reset':
      answered(answer);
      response.socket?.resetAndDestroy();
      break;
  }
}
