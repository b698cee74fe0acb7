import * as oidc from 'openid-client';
import { systemClock } from '#libs/kernel';
import { audienceParameters, type SaslSettings } from '#libs/platform';

type OAuthSettings = Extract<SaslSettings, { mechanism: 'oauthbearer' }>;

interface Token {
  readonly value: string;
  readonly renewAt: number;
}

const TIMEOUT_SECONDS = 5;
/** A token is used for this share of its time, so that it does not end on its way. */
const USED = 0.8;
/** Of a token that does not say how long it lives. */
const DEFAULT_LIFE_SECONDS = 60;

/**
 * Access tokens for Kafka, by the credentials of a client (RFC 6749, section 4.4). All connections share one token, and
 * those that need a new one at the same time share one request.
 */
export class OAuthTokens {
  readonly #configuration: oidc.Configuration;
  #token: Token | undefined;
  #fetching: Promise<Token> | undefined;

  constructor(
    private readonly settings: OAuthSettings,
    private readonly now = () => systemClock.now(),
  ) {
    const { tokenUrl, clientId, clientSecret } = settings;
    const server = { issuer: new URL(tokenUrl).origin, token_endpoint: tokenUrl };
    this.#configuration = new oidc.Configuration(server, clientId, {}, oidc.ClientSecretBasic(clientSecret));
    this.#configuration.timeout = TIMEOUT_SECONDS;
    // The settings allow it on this machine only.
    // oxlint-disable-next-line typescript/no-deprecated
    if (tokenUrl.startsWith('http:')) oidc.allowInsecureRequests(this.#configuration);
  }

  /** @throws while the endpoint does not give a token */
  async current(): Promise<string> {
    if (!this.#token || this.now() >= this.#token.renewAt) {
      this.#fetching ??= this.#fetch().finally(() => {
        this.#fetching = undefined;
      });
      this.#token = await this.#fetching;
    }
    return this.#token.value;
  }

  async #fetch(): Promise<Token> {
    const { scope, audience } = this.settings;
    const askedAt = this.now();
    const answer = await oidc.clientCredentialsGrant(this.#configuration, {
      ...(scope !== undefined && { scope }),
      ...(audience !== undefined && audienceParameters(audience)),
    });
    const seconds = answer.expires_in ?? DEFAULT_LIFE_SECONDS;
    return { value: answer.access_token, renewAt: askedAt + seconds * 1_000 * USED };
  }
}
