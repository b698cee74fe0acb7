import { Agent, fetch } from 'undici';

/** Well below the time for which a server keeps an idle connection, which it might otherwise close under a request. */
const KEEP_IDLE_MS = 30_000;

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

const isRaw = (body: unknown): body is string | Buffer => typeof body === 'string' || Buffer.isBuffer(body);

/**
 * A client of the running system, with the API key of one tenant. Its connections are its own, as those of a tenant are: the
 * system closes idle connections of a tenant that has too many, and another's request may just be on its way on a shared one.
 */
export class Client {
  readonly #dispatcher = new Agent({ keepAliveMaxTimeout: KEEP_IDLE_MS });

  constructor(
    private readonly url: () => string,
    readonly apiKey: string,
    private readonly timeoutMs = 90_000,
  ) {}

  /** @throws when there is no whole answer in time, or the signal aborts */
  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal = AbortSignal.timeout(this.timeoutMs),
  ): Promise<Answer> {
    const response = await fetch(`${this.url()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
      signal,
      dispatcher: this.#dispatcher,
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    const answered = (isJson ? JSON.parse(text) : text) as unknown;
    return { status: response.status, headers: response.headers, body: answered };
  }

  get = (path: string, headers?: Record<string, string>) => this.request('GET', path, undefined, headers);
  post = (path: string, body: unknown, headers?: Record<string, string>) =>
    this.request('POST', path, body, headers);
  patch = (path: string, body: unknown, headers?: Record<string, string>) =>
    this.request('PATCH', path, body, headers);
  put = (path: string, body: unknown, headers?: Record<string, string>) =>
    this.request('PUT', path, body, headers);
  delete = (path: string) => this.request('DELETE', path);

  /** @returns its id */
  async createOrder(customerId = 'c-1'): Promise<string> {
    const answer = await this.post('/v1/orders', someOrder(customerId));
    if (answer.status === 201) return (answer.body as { orderId: string }).orderId;
    throw new Error(`an order was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  /** Subscribes to events, with whatever the body says besides. */
  async subscribe(body: object, headers?: Record<string, string>): Promise<Answer> {
    const answer = await this.post('/v1/webhook-subscriptions', body, headers);
    if (answer.status === 201) return answer;
    throw new Error(`a subscription was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  step = (orderId: string, status: string, headers?: Record<string, string>): Promise<Answer> =>
    this.patch(`/v1/orders/${orderId}/status`, { status }, headers);
}

export const someOrder = (customerId = 'c-1') => ({
  customer: { id: customerId },
  currency: 'EUR',
  items: [{ sku: 'tea-earl-grey', quantity: 2, unitPrice: 950 }],
});

export const locationOf = ({ headers }: Answer): string => headers.get('location') ?? '';

export const positionOf = ({ headers }: Answer): string => headers.get('orderstream-position') ?? '';
