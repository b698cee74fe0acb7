import type { JSONWebKeySet } from 'jose';
import { Agent, request } from 'undici';
import { z } from 'zod';
import { discoveryUrlOf, isUntappedUrl } from './issuer-url.js';

/** Limit of both documents together, because a token may wait for them. */
const TIMEOUT_MS = 5_000;
const MAX_DOCUMENT_BYTES = 262_144;
const MAX_HEADER_BYTES = 16_384;
/** A token without a key id is checked against each key. */
const MAX_KEYS = 100;

const configurationSchema = z.object({
  issuer: z.string(),
  jwks_uri: z.string().refine(isUntappedUrl, 'must start with https://, or with http:// on this machine'),
});

/** An issuer without keys could never have issued a token, so an empty set is a fault. */
const keySetSchema = z.object({
  keys: z
    .array(z.looseObject({ kty: z.string() }))
    .min(1)
    .max(MAX_KEYS),
});

/** Follows no redirects: an issuer is trusted for what it answers itself. */
const agent = new Agent({ maxResponseSize: MAX_DOCUMENT_BYTES, maxHeaderSize: MAX_HEADER_BYTES });

/** Fetches the public keys with which an issuer signs. @throws Error that says what is wrong with the issuer's answer */
export async function fetchSigningKeys(issuer: string): Promise<JSONWebKeySet> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const configuration = await fetchDocument(discoveryUrlOf(issuer), configurationSchema, signal);
  // Otherwise the keys of another issuer would be accepted for this one.
  if (configuration.issuer !== issuer)
    throw new Error(
      `the issuer calls itself ${configuration.issuer.slice(0, 200)}, and OIDC_ISSUER is ${issuer}`,
    );
  return fetchDocument(configuration.jwks_uri, keySetSchema, signal);
}

async function fetchDocument<Document>(
  url: string,
  schema: z.ZodType<Document>,
  signal: AbortSignal,
): Promise<Document> {
  const { statusCode, body } = await request(url, {
    headers: { accept: 'application/json' },
    dispatcher: agent,
    reset: true,
    signal,
  });
  const text = await body.text();
  if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}`);
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(`${url} answered a document of another form`, { cause: error });
  }
}
