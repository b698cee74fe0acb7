import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { FakeStripeAccount, type StripeAnswer } from './fake-stripe-account.js';

/** Keys as Stripe's own, by which stripe-mock tells test mode. */
export const FAKE_STRIPE_KEY = 'sk_test_123';

/**
 * Stripe as far as payments need it, with a memory, over HTTP. stripe-mock has none; but it knows the API, so each request
 * is shown to it as well, where there is one.
 */
export class FakeStripe {
  readonly account = new FakeStripeAccount();
  /** What stripe-mock had to say against requests. */
  readonly objections: string[] = [];
  /** What happens to the next requests that change something, first to last. */
  faults: ('lose-request' | 'lose-answer' | 'fail' | undefined)[] = [];
  /** First answers by idempotency key: Stripe repeats them for a day. */
  readonly #answers = new Map<string, { readonly request: string; readonly answer: StripeAnswer }>();
  readonly #server: Server;

  private constructor(private readonly mockUrl: string | undefined) {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => request.socket.destroy());
    });
  }

  static async open(mockUrl?: string): Promise<FakeStripe> {
    const fake = new FakeStripe(mockUrl);
    fake.#server.listen({ port: 0, host: '127.0.0.1' });
    await once(fake.#server, 'listening');
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = await text(request);
    await this.#showToMock(request, body);
    const key = request.headers['idempotency-key'];
    const send = ({ status, body: answer }: StripeAnswer, isRepeat = false): void => {
      const headers = { 'content-type': 'application/json', 'request-id': 'req_1' };
      response.writeHead(status, { ...headers, ...(isRepeat && { 'idempotent-replayed': 'true' }) });
      response.end(JSON.stringify(answer));
    };
    const asked = `${method} ${url} ${body}`;
    if (typeof key !== 'string' || method !== 'POST') {
      send(this.account.answer(method, url, new URLSearchParams(body)));
      return;
    }
    const fault = this.faults.shift();
    // Without an answer rather than cut off: Stripe's client repeats a call at once if its connection is cut.
    if (fault === 'lose-request') return;
    const known = this.#answers.get(key);
    if (known && known.request !== asked) {
      const message = 'Keys for idempotent requests can only be used with the same parameters.';
      send({ status: 400, body: { error: { type: 'idempotency_error', message } } });
      return;
    }
    const answer =
      known?.answer ??
      (fault === 'fail'
        ? { status: 500, body: { error: { type: 'api_error', message: 'An unknown error occurred.' } } }
        : this.account.answer(method, url, new URLSearchParams(body)));
    this.#answers.set(key, { request: asked, answer });
    if (fault !== 'lose-answer') send(answer, known !== undefined);
  }

  async #showToMock({ method = '', url = '', headers }: IncomingMessage, body: string): Promise<void> {
    if (this.mockUrl === undefined) return;
    const answer = await fetch(`${this.mockUrl}${url}`, {
      method,
      headers: {
        authorization: headers.authorization ?? '',
        'content-type': 'application/x-www-form-urlencoded',
      },
      ...(method === 'POST' && { body }),
    });
    if (!answer.ok) this.objections.push(`${method} ${url} ${body}: ${await answer.text()}`);
  }
}
