import pLimit from 'p-limit';
import { Agent, type Dispatcher, fetch } from 'undici';
import type { RegisteredSubject } from '#libs/contracts/schema-life';
import { TrustingAgent, trustingConnector } from '#libs/platform';

/** Where the registry is. */
export interface RegistryAddress {
  /** With user and password, if it wants them. */
  readonly url: string;
  /** Authorities that its certificate may have, as PEM. Default: those that Node trusts. */
  readonly caFile?: string | undefined;
}

export interface RegisteredVersion {
  /** Unique in the registry. */
  readonly id: number;
  /** Number in its subject. */
  readonly version: number;
  readonly schema: object;
}

const TIMEOUT_MS = 5_000;
const AT_ONCE = 4;
/** Of schemas that were looked at before. */
const LOOKED_AT_AGAIN = 5;
const CONTENT_TYPE = 'application/vnd.schemaregistry.v1+json';

/** Requests of the schema registry's Confluent REST protocol. All of them reject while the registry does not answer. */
export class RegistryClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #dispatcher: Dispatcher | undefined;
  /** What was there at the last look; first what has not been looked at for longest. */
  readonly #lastSeen = new Map<number, string>();

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

  /**
   * Returns the schemas registered under these ids. Every process asks again and again: of those that were there, a few are
   * looked up each time, in turn, and all of them once one is not what it was. A registry is lost or rebuilt as a whole.
   */
  async schemas(ids: Iterable<number>): Promise<Map<number, object | undefined>> {
    const wanted = new Set(ids);
    const known = [...this.#lastSeen.keys()].filter((id) => wanted.has(id)).slice(0, LOOKED_AT_AGAIN);
    const found = await this.#lookUp([...wanted].filter((id) => !this.#lastSeen.has(id)).concat(known));
    const hasChanged = known.some((id) => JSON.stringify(found.get(id)) !== this.#lastSeen.get(id));
    for (const [id, schema] of hasChanged ? await this.#lookUp([...wanted]) : found) {
      // The last one in the row is the one that was looked at last.
      this.#lastSeen.delete(id);
      if (schema) this.#lastSeen.set(id, JSON.stringify(schema));
    }
    return new Map([...wanted].map((id) => [id, parsed(this.#lastSeen.get(id))]));
  }

  async #lookUp(ids: readonly number[]): Promise<Map<number, object | undefined>> {
    const limit = pLimit(AT_ONCE);
    return new Map(await limit.map(ids, async (id) => [id, await this.schema(id)] as const));
  }

  /** Returns every version of a subject, oldest first. */
  async versions(subject: string): Promise<RegisteredVersion[]> {
    const path = `/subjects/${encodeURIComponent(subject)}/versions`;
    const versions = ((await this.#ask(path)) as number[] | undefined) ?? [];
    const found: RegisteredVersion[] = [];
    for (const version of versions) {
      const answer = (await this.#ask(`${path}/${version}`)) as { id: number; schema: string } | undefined;
      if (answer) found.push({ id: answer.id, version, schema: JSON.parse(answer.schema) as object });
    }
    return found;
  }

  /** Returns what is registered under each subject. */
  subjects(subjects: readonly string[]): Promise<RegisteredSubject[]> {
    const limit = pLimit(AT_ONCE);
    const lookUp = async (subject: string): Promise<RegisteredSubject> => ({
      subject,
      versions: await this.versions(subject),
      level: await this.#compatibility(subject),
    });
    return Promise.all(subjects.map((subject) => limit(lookUp, subject)));
  }

  async #compatibility(subject: string): Promise<string | undefined> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const found = (await this.#ask(path)) as { compatibilityLevel: string } | undefined;
    return found?.compatibilityLevel.toUpperCase();
  }

  /** Sets the compatibility level of a registered subject; does nothing for an unknown one. */
  async setCompatibility(subject: string, compatibility: string): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`;
    const level = await this.#compatibility(subject);
    if (level === undefined || level === compatibility) return;
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

const parsed = (text: string | undefined): object | undefined =>
  text === undefined ? undefined : (JSON.parse(text) as object);

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
