import { Client } from '../../systems/client.js';
import { PatientClient } from '../patient-client.js';

const QUERY_MS = 3_000;

interface Urls {
  readonly commands: string;
  readonly queries: string;
}

/** A tenant's way to the shop. */
export class Tenant {
  #commands: PatientClient;
  #queries: Client;

  constructor(
    readonly name: string,
    private readonly urls: Urls,
    apiKey: string,
  ) {
    this.#commands = new PatientClient(urls.commands, apiKey);
    this.#queries = new Client(() => urls.queries, apiKey, QUERY_MS);
  }

  /** Repeats a command until it has an answer, so commands need an idempotency key. */
  get commands(): Client {
    return this.#commands;
  }

  /** Has a new API key from now on. */
  use(apiKey: string): void {
    this.#commands = new PatientClient(this.urls.commands, apiKey);
    this.#queries = new Client(() => this.urls.queries, apiKey, QUERY_MS);
  }

  /** The first items of a list; `undefined` if there is no answer, for instance during a fault. */
  async list<Item>(path: string): Promise<readonly Item[] | undefined> {
    const answer = await this.#queries.get(path).catch(() => undefined);
    return answer?.status === 200 ? (answer.body as { items: readonly Item[] }).items : undefined;
  }
}
