export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // Tests look into answers of every shape.
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

const isRaw = (body: unknown): body is string | Buffer => typeof body === 'string' || Buffer.isBuffer(body);

/** A client of the running system, of one tenant. */
export class Client {
  constructor(
    private readonly url: () => string,
    readonly apiKey: string,
  ) {}

  async request(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.url()}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: isRaw(body) ? body : JSON.stringify(body) }),
      signal: AbortSignal.timeout(90_000),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json');
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  get = (path: string, headers?: Record<string, string>) => this.request('GET', path, undefined, headers);
  post = (path: string, body: unknown, headers?: Record<string, string>) =>
    this.request('POST', path, body, headers);
  patch = (path: string, body: unknown, headers?: Record<string, string>) =>
    this.request('PATCH', path, body, headers);
  delete = (path: string) => this.request('DELETE', path);

  /** Creates an order, and gives its id. */
  async createOrder(customerId = 'c-1'): Promise<string> {
    const { status, body } = await this.post('/v1/orders', someOrder(customerId));
    expect(status).toBe(201);
    return body.orderId;
  }

  async step(orderId: string, status: string): Promise<Answer> {
    return this.patch(`/v1/orders/${orderId}/status`, { status });
  }
}

export const someOrder = (customerId = 'c-1') => ({
  customer: { id: customerId },
  currency: 'EUR',
  items: [{ sku: 'tea-earl-grey', quantity: 2, unitPrice: 950 }],
});
