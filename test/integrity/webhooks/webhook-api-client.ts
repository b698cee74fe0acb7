import { setTimeout as sleep } from 'node:timers/promises';

export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const TIMEOUT_MS = 5_000;
const PAUSE_MS = 250;
const PATIENCE_MS = 60_000;
/** What a server answers that cannot now. */
const LATER = 500;

/** Asks until there is an answer: servers come and go meanwhile. */
export class ApiClient {
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  get = (path: string) => this.ask('GET', path);
  post = (path: string, body?: object, key?: string) => this.ask('POST', path, body, key);

  /** @param key by which the same request has its effect once. @throws when no answer comes for long */
  async ask(method: string, path: string, body?: object, key?: string): Promise<ApiAnswer> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      const answer = await this.#once(method, path, body, key);
      if (answer && answer.status < LATER) return answer;
      if (performance.now() > end) {
        throw new Error(`${method} ${path} had no answer for long (${answer?.status ?? 'none'})`);
      }
      await sleep(PAUSE_MS);
    }
  }

  async #once(method: string, path: string, body?: object, key?: string): Promise<ApiAnswer | undefined> {
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.apiKey}`,
          ...(body && { 'content-type': 'application/json' }),
          ...(key !== undefined && { 'idempotency-key': key }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      return { status: response.status, body: (text ? JSON.parse(text) : {}) as ApiAnswer['body'] };
    } catch {
      return undefined;
    }
  }
}
