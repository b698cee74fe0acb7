import { Inject, Injectable } from '@nestjs/common';
import { type AccessTokens, isSignedToken } from './access-tokens/access-tokens.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import type { Principal } from './caller.js';

/** Injection token of {@link AccessTokens}, or of `null` where no issuer is set. */
export const ACCESS_TOKENS = Symbol('access-tokens');

/** No API key is longer, so that nothing longer is hashed and looked up. */
const MAX_KEY_LENGTH = 200;

/** Finds out whose credential it is: an access token by its form, or else an API key. */
@Injectable()
export class Authenticator {
  constructor(
    private readonly keys: ApiKeyAuthenticator,
    @Inject(ACCESS_TOKENS) private readonly tokens: Pick<AccessTokens, 'principalOf'> | null,
  ) {}

  /**
   * @param addressOf whose turn a look-up of an unknown key is
   * @returns `undefined` for an unknown API key
   * @throws ProblemException that says why an access token is not accepted; any error of the store of API keys, unless it has
   *   confirmed the key recently
   */
  async principalOf(credential: string, addressOf: () => string): Promise<Principal | undefined> {
    if (this.tokens && isSignedToken(credential)) return this.tokens.principalOf(credential);
    return credential.length > MAX_KEY_LENGTH ? undefined : this.keys.principalOf(credential, addressOf);
  }
}
