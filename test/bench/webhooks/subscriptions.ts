import pLimit from 'p-limit';
import { Client } from '../../systems/client.js';

export interface Subscription {
  readonly subscriptionId: string;
  readonly secret: string;
}

interface TypedAnswer<Body> {
  readonly status: number;
  readonly body: Body;
}

const PATH = '/v1/webhook-subscriptions';
const AT_ONCE = 16;

/** The subscriptions of one tenant, by the API. Deletes in the end what it has made. */
export class Subscriptions {
  readonly #made: Subscription[] = [];

  readonly #client: Client;
  readonly #limit = pLimit(AT_ONCE);

  constructor(url: string, apiKey: string) {
    this.#client = new Client(() => url, apiKey);
  }

  /** One for each URL. */
  async make(urls: readonly string[], more: object = {}): Promise<readonly Subscription[]> {
    return this.#limit.map(urls, async (callbackUrl) => {
      const body = { callbackUrl, eventTypes: ['order.*'], ...more };
      const answer = await this.call<Subscription>('POST', '', body);
      if (answer.status !== 201) throw new Error(`a subscription was answered ${answer.status}`);
      this.#made.push(answer.body);
      return answer.body;
    });
  }

  async deleteAll(): Promise<void> {
    const made = this.#made.splice(0);
    await this.#limit.map(made, ({ subscriptionId }) => this.call('DELETE', `/${subscriptionId}`));
  }

  async call<Body>(method: string, path: string, body?: unknown): Promise<TypedAnswer<Body>> {
    const answer = await this.#client.request(method, `${PATH}${path}`, body);
    return { status: answer.status, body: answer.body as Body };
  }
}
