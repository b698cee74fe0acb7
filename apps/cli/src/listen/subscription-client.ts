const PATH = '/v1/webhook-subscriptions';
const TIMEOUT_MS = 10_000;

export interface NewSubscription {
  readonly callbackUrl: string;
  readonly eventTypes: readonly string[];
  readonly startFrom: string;
}

export interface CreatedSubscription {
  readonly subscriptionId: string;
  readonly secret: string;
}

interface Problem {
  readonly detail?: string;
  readonly title?: string;
}

/** A failed API call, with a message for the person at the terminal. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
}

/** Creates and deletes subscriptions through the public API. */
export class SubscriptionClient {
  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  /** @throws ApiError */
  async create(subscription: NewSubscription): Promise<CreatedSubscription> {
    const answer = await this.#call('POST', PATH, JSON.stringify(subscription));
    return (await answer.json()) as CreatedSubscription;
  }

  /** @throws ApiError */
  async delete(subscriptionId: string): Promise<void> {
    await this.#call('DELETE', `${PATH}/${subscriptionId}`);
  }

  async #call(method: string, path: string, body?: string): Promise<Response> {
    const answer = await this.#fetch(method, path, body);
    if (answer.ok) return answer;
    const problem = (await answer.json().catch(() => ({}))) as Problem;
    const detail = problem.detail ?? problem.title ?? 'no reason was given';
    if (answer.status === 401) throw new ApiError(`${this.url} refused the API key: ${detail}`);
    throw new ApiError(`${this.url} answered ${answer.status}: ${detail}`);
  }

  async #fetch(method: string, path: string, body?: string): Promise<Response> {
    const headers = {
      authorization: `Bearer ${this.apiKey}`,
      ...(body && { 'content-type': 'application/json' }),
    };
    try {
      return await fetch(new URL(path, this.url), {
        method,
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body && { body }),
      });
    } catch (cause) {
      throw new ApiError(
        `Nothing answers at ${this.url}: is the system running? Start it with "npm start".`,
        { cause },
      );
    }
  }
}
