import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { canonicalJson } from '#libs/kernel';
import type { Accepted, OrderRequest, Outcome } from './history.js';

/** Longer than an instance is frozen: what it answers when it wakes up, as a zombie, is what matters most. */
const PATIENCE_MS = 16_000;
const CONNECTIONS = 64;

export interface Reply {
  readonly outcome: Outcome;
  /** The server's wish, where it has one. */
  readonly retryAfterMs?: number;
  /** Whether the instance did not answer at all: a client does well to ask another one for a while. */
  readonly silent: boolean;
}

interface BatchResult {
  readonly status: number;
  readonly orderId?: string;
  readonly version?: number;
  readonly position?: string;
  readonly error?: { readonly code?: string };
}

interface OrderAnswer {
  readonly orderId?: string;
  readonly version?: number;
  readonly code?: string;
  /** Set when the answer is not the problem document that it should be. */
  readonly message?: string;
}

interface HttpAnswer {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: unknown;
}

/** Sends commands to any instance, and says what is certain about their effect. */
export class OrderClient {
  readonly #pools: readonly Pool[];

  constructor(
    urls: readonly string[],
    private readonly apiKey: string,
  ) {
    const timeouts = { headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS };
    this.#pools = urls.map((url) => new Pool(url, { connections: CONNECTIONS, pipelining: 1, ...timeouts }));
  }

  async send(instance: number, request: OrderRequest): Promise<Reply> {
    const { key, expectedVersion, kind, orderId, status, marker } = request;
    const headers = {
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(expectedVersion !== undefined && { 'if-match': `"${expectedVersion}"` }),
    };
    return this.#reply(async () => {
      const answer =
        kind === 'create'
          ? await this.#http(instance, 'POST', '/v1/orders', createBody(marker), headers)
          : await this.#http(
              instance,
              'PATCH',
              `/v1/orders/${orderId}/status`,
              { status, reason: marker },
              headers,
            );
      return { answer, outcome: outcomeOf(answer, key !== undefined) };
    });
  }

  /** Creates only, each with an answer of its own. */
  async sendBatch(instance: number, requests: readonly OrderRequest[]): Promise<Reply[]> {
    const items = requests.map(({ marker, key }) => ({
      ...createBody(marker),
      ...(key !== undefined && { idempotencyKey: key }),
    }));
    let results: readonly BatchResult[] | undefined;
    const whole = await this.#reply(async () => {
      const answer = await this.#http(instance, 'POST', '/v1/orders/batch', items, {});
      if (answer.status === 200) ({ results } = answer.body as { results: readonly BatchResult[] });
      return { answer, outcome: results ? unknown('not used') : outcomeOf(answer, false) };
    });
    return requests.map((_, index) =>
      results ? { silent: false, outcome: outcomeOfResult(results[index]) } : whole,
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #reply(ask: () => Promise<{ answer: HttpAnswer; outcome: Outcome }>): Promise<Reply> {
    try {
      const { answer, outcome } = await ask();
      const seconds = Number(answer.header('retry-after'));
      return { outcome, silent: false, ...(seconds > 0 && { retryAfterMs: seconds * 1_000 }) };
    } catch (error) {
      const { code, name } = error as { code?: string | number; name: string };
      // The code of a DOMException is a meaningless number.
      const why = typeof code === 'string' ? code : name;
      // Nobody was there to take the request. Of every other failure one cannot know.
      if (code === 'ECONNREFUSED') {
        await sleep(10);
        return { outcome: { kind: 'failed', why }, silent: true };
      }
      return { outcome: unknown(why), silent: true };
    }
  }

  async #http(
    instance: number,
    method: 'POST' | 'PATCH',
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<HttpAnswer> {
    const pool = this.#pools[instance];
    if (!pool) throw new Error(`there is no instance ${instance}`);
    const answer = await pool.request({
      method,
      path,
      headers: { authorization: `Bearer ${this.apiKey}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      // Covers the time in which the pool has no connection, too.
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const header = (name: string) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value[0] : value;
    };
    return { status: answer.statusCode, header, body: await answer.body.json() };
  }
}

const createBody = (marker: string) => ({
  customer: { id: `customer-of-${marker}` },
  currency: 'EUR',
  items: [{ sku: 'tea', quantity: 1, unitPrice: 700 }],
  metadata: { marker },
});

const unknown = (why: string): Outcome => ({ kind: 'unknown', why });

function outcomeOf({ status, header, body }: HttpAnswer, isKeyed: boolean): Outcome {
  const { orderId, version, code, message } = body as OrderAnswer;
  if (status !== 200 && status !== 201) return refusal(status, code ?? `without a code: ${message}`);
  const position = header('orderstream-position');
  if (!orderId || !version || !position) return unknown('an answer without order, version or position');
  const text = isKeyed ? canonicalJson(body) : undefined;
  return {
    kind: 'accepted',
    status,
    orderId,
    version,
    position,
    etag: header('etag'),
    body: text,
  } satisfies Accepted;
}

function outcomeOfResult(result: BatchResult | undefined): Outcome {
  if (!result) return unknown('a batch with fewer results than commands');
  const { status, orderId, version, position, error } = result;
  if (status !== 200 && status !== 201) return refusal(status, error?.code ?? '');
  if (!orderId || !version || !position) return unknown('a result without order, version or position');
  return { kind: 'accepted', status, orderId, version, position, etag: undefined, body: undefined };
}

function refusal(status: number, code: string): Outcome {
  if (status === 429 || (status === 503 && code === 'unavailable'))
    return { kind: 'failed', why: `${status} ${code}` };
  return status >= 500 ? unknown(`${status} ${code}`) : { kind: 'rejected', status, code };
}
