import pLimit from 'p-limit';
import { Agent, type Dispatcher, fetch } from 'undici';
import { TrustingAgent, trustingConnector } from '#libs/platform';

/** Where the registry is. */
export interface RegistryAddress {
  /** With user and password, if it wants them. */
  readonly url: string;
  /** Authorities that its certificate may have, as PEM. Default: those that Node trusts. */
  readonly caFile?: string | undefined;
}

export interface RegisteredVersion {
  readonly id: number;
  readonly schema: object;
}

const TIMEOUT_MS = 5_000;
const AT_ONCE = 4;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** Requests of the schema registry's Confluent REST protocol. All of them reject while the registry does not answer. */
export class RegistryClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #dispatcher: Dispatcher | undefined;

  constructor({ url, caFile }: RegistryAddress) {
    const { address, user } = split(url);
    this.#url = address;
    this.#headers = user ? { authorization: `Basic ${btoa(`${user.username}:${user.password}`)}` } : {};
    if (caFile !== undefined) this.#dispatcher = new Agent({ connect: trustingConnector(caFile) });
  }

  /** Returns a registered schema, or `undefined` if the id is unknown. */
  async schema(id: number): Promise<object | undefined> {
    const answer = (await this.#ask(`/schemas/ids/${id}`)) as { schema: string } | undefined;
    return answer && (JSON.parse(answer.schema) as object);
  }

  /** Returns the schemas registered under these ids. */
  async schemas(ids: Iterable<number>): Promise<Map<number, object | undefined>> {
    const limit = pLimit(AT_ONCE);
    const lookUp = async (id: number) => [id, await this.schema(id)] as const;
    return new Map(await Promise.all([...ids].map((id) => limit(lookUp, id))));
  }

  /** Returns every version of a subject, oldest first. */
  async versions(subject: string): Promise<RegisteredVersion[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const versions = ((await this.#ask(path)) as number[] | undefined) ?? [];
    const found: RegisteredVersion[] = [];
    for (const version of versions) {
      const answer = (await this.#ask(`${path}/${version}`)) as { id: number; schema: string } | undefined;
      if (answer) found.push({ id: answer.id, schema: JSON.parse(answer.schema) as object });
    }
    return found;
  }

  /** Sets the compatibility level of a registered subject; does nothing for an unknown one. */
  async setCompatibility(subject: string, compatibility: string): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const found = (await this.#ask(path)) as { compatibilityLevel: string } | undefined;
    if (!found || found.compatibilityLevel.toUpperCase() === compatibility) return;
    const response = await this.#send(path, { compatibility });
    if (!response.ok && response.status !== 409) throw new RefusedError(response.status, path);
  }

  async #ask(path: string): Promise<unknown> {
    const response = await this.#send(path);
    if (response.status === 404) return undefined;
    if (!response.ok) throw new RefusedError(response.status, path);
    return response.json();
  }

  /** @param body to put there; otherwise, what is there is read */
  #send(path: string, body?: object) {
    const headers = { ...this.#headers, ...(body && { 'content-type': CONTENT_TYPE }) };
    return fetch(`${this.#url}${path}`, {
      headers,
      ...(body && { method: 'PUT', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(this.#dispatcher && { dispatcher: this.#dispatcher }),
    });
  }
}

class RefusedError extends Error {
  constructor(status: number, path: string) {
    super(`the schema registry answered ${status} to ${path}`);
  }
}

/** The same address as options of the registry's library, which sends no user that is part of a URL. */
export function registryOptions({ url, caFile }: RegistryAddress) {
  const { address, user } = split(url);
  return {
    host: address,
    ...(user && { auth: user }),
    ...(caFile !== undefined && { agent: new TrustingAgent(caFile) }),
  };
}

function split(url: string): { address: string; user: { username: string; password: string } | undefined } {
  const parsed = new URL(url);
  const [username, password] = [parsed.username, parsed.password].map(decodeURIComponent) as [string, string];
  parsed.username = '';
  parsed.password = '';
  return {
    address: parsed.href.replace(/\/$/, ''),
    user: username === '' ? undefined : { username, password },
  };
}
