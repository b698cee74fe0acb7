import { Injectable } from '@nestjs/common';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import type { Principal } from './caller.js';

/** No API key is longer, so that nothing longer is hashed and looked up. */
const MAX_KEY_LENGTH = 200;

/** Finds out whose credential it is, of whatever kind. */
@Injectable()
export class Authenticator {
  constructor(private readonly keys: ApiKeyAuthenticator) {}

  /**
   * @returns `undefined` for an unknown credential
   * @throws any error of the store of API keys, unless it has confirmed the key recently
   */
  async principalOf(credential: string): Promise<Principal | undefined> {
    return credential.length > MAX_KEY_LENGTH ? undefined : this.keys.principalOf(credential);
  }
}
