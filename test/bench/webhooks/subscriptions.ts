/** Of the answers, what is needed here. */
export interface Subscription {
  readonly subscriptionId: string;
  readonly secret: string;
}

export interface Replay {
  readonly replayId: string;
  readonly state: string;
  readonly done: number;
  readonly total: number;
}

export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
}

const PATH = '/v1/webhook-subscriptions';
const AT_ONCE = 16;

/** The subscriptions of one tenant, by the API. Deletes in the end what it has made. */
export class Subscriptions {
  readonly #made: Subscription[] = [];

  constructor(
    private readonly url: string,
    private readonly apiKey: string,
  ) {}

  /** One for each URL. */
  async make(urls: readonly string[], more: object = {}): Promise<readonly Subscription[]> {
    const made: Subscription[] = [];
    await eachOf(urls, async (callbackUrl, index) => {
      const body = { callbackUrl, eventTypes: ['order.*'], ...more };
      const answer = await this.call<Subscription>('POST', '', body);
      if (answer.status !== 201) throw new Error(`a subscription was answered ${answer.status}`);
      made[index] = answer.body;
      this.#made.push(answer.body);
    });
    return made;
  }

  async deleteAll(): Promise<void> {
    await eachOf(this.#made.splice(0), ({ subscriptionId }) => this.call('DELETE', `/${subscriptionId}`));
  }

  async call<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>> {
    const response = await fetch(`${this.url}${PATH}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.apiKey}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: (text ? JSON.parse(text) : {}) as Body };
  }
}

async function eachOf<Item>(
  items: readonly Item[],
  work: (item: Item, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const workOn = async () => {
    while (next < items.length) {
      const index = next++;
      await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, workOn));
}
