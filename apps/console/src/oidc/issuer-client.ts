import { Inject, Injectable, Logger } from '@nestjs/common';
import * as oidc from 'openid-client';
import { audienceParameters, ProblemException, SETTINGS, type Settings } from '#libs/platform';
import type { LogInState } from './log-in-state.js';

const TIMEOUT_SECONDS = 5;
/** The issuer's documents are fetched again after this time. */
const KNOWN_FOR_MS = 3_600_000;
const CALLBACK = '/v1/session/oidc/callback';

interface ClientRules {
  readonly issuer: URL;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly scope: string;
  readonly audience: string;
}

/** The console as a client of the issuer of access tokens (OpenID Connect, authorization code with PKCE). */
@Injectable()
export class IssuerClient {
  readonly #logger = new Logger('LogIn');
  #known: { readonly configuration: Promise<oidc.Configuration>; readonly until: number } | undefined;

  readonly #publicUrl: string | undefined;
  readonly #client: ClientRules | undefined;

  constructor(@Inject(SETTINGS) { auth, console: { logIn }, http }: Settings) {
    this.#publicUrl = http.publicUrl;
    const { issuer, audience } = auth.oidc ?? {};
    if (logIn && issuer !== undefined && audience !== undefined)
      this.#client = { ...logIn, issuer: new URL(issuer), audience };
  }

  /**
   * Where the browser logs in, and what it has to know when it comes back.
   * @param origin where this server is for the browser, unless PUBLIC_URL says so
   * @throws ProblemException without a client, for a host that is none, or while the issuer is away
   */
  async begin(origin: string): Promise<{ readonly url: URL; readonly log: LogInState }> {
    const rules = this.#rules();
    const { scope, audience } = rules;
    const redirectUri = this.#redirectUri(origin);
    const configuration = await this.#configuration(rules);
    const log = {
      state: oidc.randomState(),
      nonce: oidc.randomNonce(),
      verifier: oidc.randomPKCECodeVerifier(),
    };
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: redirectUri,
      scope,
      state: log.state,
      nonce: log.nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(log.verifier),
      code_challenge_method: 'S256',
      ...audienceParameters(audience),
    });
    return { url, log };
  }

  /**
   * The access token of whoever has logged in.
   * @param query of the request with which the browser came back
   * @throws ProblemException if the log-in is not the one that this browser began, was refused, or the issuer is away
   */
  async accessToken(origin: string, query: string, log: LogInState): Promise<string> {
    const rules = this.#rules();
    const url = new URL(this.#redirectUri(origin));
    const configuration = await this.#configuration(rules);
    url.search = query;
    try {
      const tokens = await oidc.authorizationCodeGrant(
        configuration,
        url,
        {
          expectedState: log.state,
          expectedNonce: log.nonce,
          pkceCodeVerifier: log.verifier,
          idTokenExpected: true,
        },
        audienceParameters(rules.audience),
      );
      return tokens.access_token;
    } catch (error) {
      this.#logger.warn({ err: error }, 'a log-in at the issuer has failed');
      throw new ProblemException('unauthorized', 'The log-in at the issuer has failed. Try again.', {
        cause: error,
      });
    }
  }

  #rules(): ClientRules {
    if (this.#client) return this.#client;
    throw new ProblemException('not-found', 'Nobody can log in at an issuer here.');
  }

  /** @throws ProblemException for an origin that a client has made up: HTTP lets any text be a host */
  #redirectUri(origin: string): string {
    const base = this.#publicUrl ?? origin;
    if (URL.canParse(base)) return `${base.replace(/\/+$/, '')}${CALLBACK}`;
    throw new ProblemException('malformed-request', 'The Host header names no host.');
  }

  async #configuration(rules: ClientRules): Promise<oidc.Configuration> {
    if (!this.#known || this.#known.until < Date.now())
      this.#known = { configuration: discover(rules), until: Date.now() + KNOWN_FOR_MS };
    try {
      return await this.#known.configuration;
    } catch (error) {
      this.#known = undefined;
      throw new ProblemException('unavailable', 'The issuer does not answer now.', { cause: error });
    }
  }
}

function discover({ issuer, clientId, clientSecret }: ClientRules): Promise<oidc.Configuration> {
  // The settings allow http on this machine only, which is what this is for.
  // oxlint-disable-next-line typescript/no-deprecated
  const execute = issuer.protocol === 'http:' ? [oidc.allowInsecureRequests] : [];
  const authentication = clientSecret === undefined ? oidc.None() : undefined;
  return oidc.discovery(issuer, clientId, clientSecret, authentication, {
    execute,
    timeout: TIMEOUT_SECONDS,
  });
}
