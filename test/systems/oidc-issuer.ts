import { createServer, type Server } from 'node:http';
import { createHash, randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, type JWTHeaderParameters, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { freePort } from '../../tools/launcher/embedded.mjs';

const REDIRECT_URI = 'http://127.0.0.1/callback';
const CONSOLE_REDIRECT_URI = 'http://127.0.0.1/v1/session/oidc/callback';
const KEY_ID = 'key-1';
const ALG = 'RS256';
/** The forms for logging in and for consent, and the redirects between them. */
const MOST_STEPS = 12;

export interface OidcTokens {
  readonly access_token: string;
  readonly id_token?: string;
}

/** A real issuer of access tokens, with services as clients and a person who logs in. It may be away for a time. */
export class OidcIssuer {
  readonly audience = 'https://orders.example';
  readonly #server: Server;

  private constructor(
    private readonly port: number,
    /** Whose tenant a client or a person belongs to. */
    private readonly tenants: ReadonlyMap<string, unknown>,
    private readonly privateKey: JWK,
  ) {
    const answer = this.#provider().callback();
    this.#server = createServer((request, response) => void answer(request, response));
  }

  /** @param tenants of clients (which are services) and of people, by name */
  static async open(tenants: Readonly<Record<string, unknown>>): Promise<OidcIssuer> {
    const { privateKey } = await generateKeyPair(ALG, { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), kid: KEY_ID, alg: ALG, use: 'sig' };
    const issuer = new OidcIssuer(await freePort(), new Map(Object.entries(tenants)), jwk);
    await issuer.start();
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }

  /** The access token of a service (client credentials). */
  async serviceToken(client: string, scope: string, resource = this.audience): Promise<string> {
    const { access_token } = await this.#tokens(client, {
      grant_type: 'client_credentials',
      scope,
      resource,
    });
    return access_token;
  }

  /** The tokens of a person who logs in and consents (authorization code with PKCE). */
  async personTokens(person: string, scope: string): Promise<OidcTokens> {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: 'browser',
      response_type: 'code',
      redirect_uri: REDIRECT_URI,
      scope: `openid ${scope}`,
      resource: this.audience,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const code = codeOf(await this.logIn(`${this.url}/auth?${query.toString()}`, person));
    return this.#tokens('browser', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: REDIRECT_URI,
      code_verifier: verifier,
      resource: this.audience,
    });
  }

  /** A token that the issuer itself would not make, signed with its key. */
  sign(
    claims: Readonly<Record<string, unknown>>,
    header: Partial<JWTHeaderParameters> = {},
  ): Promise<string> {
    const now = Math.floor(Date.now() / 1_000);
    return new SignJWT({
      iss: this.url,
      aud: this.audience,
      sub: 'person',
      iat: now,
      exp: now + 3_600,
      ...claims,
    })
      .setProtectedHeader({ alg: ALG, typ: 'at+jwt', kid: KEY_ID, ...header })
      .sign(this.privateKey);
  }

  #provider(): Provider {
    return new Provider(this.url, {
      jwks: { keys: [this.privateKey] },
      cookies: { keys: ['test'] },
      ttl: {
        AccessToken: 600,
        ClientCredentials: 600,
        Grant: 600,
        IdToken: 600,
        Interaction: 600,
        Session: 600,
      },
      clients: [...this.tenants.keys(), 'browser'].map((client_id) => ({
        client_id,
        client_secret: 'secret',
        // With any port of this machine.
        application_type: client_id === 'browser' ? ('native' as const) : ('web' as const),
        redirect_uris: client_id === 'browser' ? [REDIRECT_URI, CONSOLE_REDIRECT_URI] : [],
        response_types: client_id === 'browser' ? ['code' as const] : [],
        grant_types: [client_id === 'browser' ? 'authorization_code' : 'client_credentials'],
      })),
      findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
      extraTokenClaims: (_, token) => {
        const owner = 'accountId' in token ? token.accountId : token.clientId;
        return { tenant: this.tenants.get(String(owner)) };
      },
      features: {
        clientCredentials: { enabled: true },
        resourceIndicators: {
          enabled: true,
          getResourceServerInfo: (_, audience) => ({
            audience,
            scope: 'orders:read orders:write events:read other:scope',
            accessTokenFormat: 'jwt',
            jwt: { sign: { alg: ALG } },
          }),
        },
      },
    });
  }

  async #tokens(client: string, form: Readonly<Record<string, string>>): Promise<OidcTokens> {
    const answer = await fetch(`${this.url}/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${client}:secret`).toString('base64')}` },
      body: new URLSearchParams(form),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`the issuer refused a token: ${text}`);
    return JSON.parse(text) as OidcTokens;
  }

  /** Follows the issuer's pages as a browser would. @returns where it sends the browser in the end */
  async logIn(start: string, person: string): Promise<string> {
    const cookies = new Map<string, string>();
    let url = start;
    let form: URLSearchParams | undefined;
    for (let step = 0; step < MOST_STEPS; step++) {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await fetch(url, {
        redirect: 'manual',
        headers: { cookie },
        ...(form && { method: 'POST', body: form }),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      const page = await answer.text();
      form = undefined;
      if (location && !new URL(location, this.url).href.startsWith(this.url)) return location;
      if (location) url = new URL(location, this.url).href;
      else {
        const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
        if (prompt === undefined) throw new Error(`the issuer showed a page without a form: ${page}`);
        url = /action="([^"]+)"/.exec(page)?.[1] ?? url;
        form = new URLSearchParams({ prompt, login: person, password: 'any' });
      }
    }
    throw new Error('the issuer did not come to an end');
  }
}

function codeOf(location: string): string {
  const code = new URL(location).searchParams.get('code');
  if (code === null) throw new Error(`the issuer refused a code: ${location}`);
  return code;
}
