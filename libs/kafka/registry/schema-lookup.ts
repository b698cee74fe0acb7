import pLimit from 'p-limit';

/** Read requests of the schema registry's Confluent REST protocol. */
const TIMEOUT_MS = 5_000;
const AT_ONCE = 4;

/** Returns a registered schema, or `undefined` if the id is unknown. Rejects while the registry does not answer. */
export async function lookUpSchema(url: string, id: number): Promise<object | undefined> {
  const answer = (await ask(url, `/schemas/ids/${id}`)) as { schema: string } | undefined;
  return answer && (JSON.parse(answer.schema) as object);
}

export interface RegisteredVersion {
  readonly id: number;
  readonly schema: object;
}

/** Returns every version of a subject, oldest first. */
export async function lookUpVersions(url: string, subject: string): Promise<RegisteredVersion[]> {
  const path = `/subjects/${encodeURIComponent(subject)}/versions`;
  const versions = ((await ask(url, path)) as number[] | undefined) ?? [];
  const found: RegisteredVersion[] = [];
  for (const version of versions) {
    const answer = (await ask(url, `${path}/${version}`)) as { id: number; schema: string } | undefined;
    if (answer) found.push({ id: answer.id, schema: JSON.parse(answer.schema) as object });
  }
  return found;
}

/** Returns the schemas registered under these ids. Rejects while the registry does not answer. */
export async function presentSchemas(
  url: string,
  ids: Iterable<number>,
): Promise<Map<number, object | undefined>> {
  const limit = pLimit(AT_ONCE);
  const lookUp = async (id: number) => [id, await lookUpSchema(url, id)] as const;
  return new Map(await Promise.all([...ids].map((id) => limit(lookUp, id))));
}

/** Sets the compatibility level of a registered subject; does nothing for an unknown one. */
export async function setCompatibility(url: string, subject: string, compatibility: string): Promise<void> {
  const path = `/config/${encodeURIComponent(subject)}`;
  const found = (await ask(url, path)) as { compatibilityLevel: string } | undefined;
  if (!found || found.compatibilityLevel.toUpperCase() === compatibility) return;
  const response = await fetch(`${url}${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ compatibility }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!response.ok && response.status !== 409)
    throw new Error(`the schema registry answered ${response.status} to ${path}`);
}

async function ask(url: string, path: string): Promise<unknown> {
  const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`the schema registry answered ${response.status} to ${path}`);
  return response.json();
}
