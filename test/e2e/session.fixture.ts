import type { Answer } from '../systems/client.js';

interface SessionBody {
  readonly csrfToken: string;
  readonly kind: string;
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string;
  readonly subscriptionId?: string;
}

/** A browser that has logged in: it sends the cookie that it got, and the token that belongs to it. */
export class Browser {
  constructor(
    private readonly url: () => string,
    readonly cookie: string,
    readonly session: SessionBody,
  ) {}

  /** @throws unless it is logged in */
  static async logIn(
    url: () => string,
    body: object | undefined,
    path = '/v1/session',
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Browser> {
    const answer = await send(url(), 'POST', path, { body, headers });
    if (answer.status !== 201)
      throw new Error(`a log-in was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return new Browser(url, cookieOf(answer), answer.body as SessionBody);
  }

  request(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const own = { cookie: this.cookie, 'x-csrf-token': this.session.csrfToken };
    return send(this.url(), method, path, { body, headers: { ...own, ...headers } });
  }

  get = (path: string, headers?: Readonly<Record<string, string>>) =>
    this.request('GET', path, undefined, headers);
  post = (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    this.request('POST', path, body, headers);
  patch = (path: string, body: unknown) => this.request('PATCH', path, body);
  delete = (path: string) => this.request('DELETE', path);
}

/** The last cookie that an answer sets, as a browser sends it back. */
export const cookieOf = ({ headers }: Answer): string =>
  headers.getSetCookie().at(-1)?.split(';', 1)[0] ?? '';

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request without any credential but those given. */
export async function send(
  url: string,
  method: string,
  path: string,
  { body, headers = {} }: Sent = {},
): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  // A stream of events does not end by itself.
  const isStream = response.headers.get('content-type')?.includes('event-stream');
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
}
