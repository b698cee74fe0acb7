import { Logger } from '@nestjs/common';
import { loadSettings } from '../settings/settings.js';
import { makeKey, TokenIssuer } from './access-tokens/token-issuer.fixture.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { ApiKeyUses } from './api-key-uses.js';
import { hashApiKey } from './api-keys.js';
import { Authenticator } from './authenticator.js';
import type { Principal } from './caller.js';
import { bearerOf, MAX_CREDENTIAL_LENGTH } from './credential.js';
import { ALL_OF_A_TENANT } from './scopes.js';

beforeAll(() => Logger.overrideLogger(false));

const address = () => '127.0.0.1';
const principal: Principal = { actor: 'k', tenant: 't', scopes: ALL_OF_A_TENANT };

describe('the authenticator', () => {
  let issuer: TokenIssuer;
  let lookups: number;
  let keys: ApiKeyAuthenticator;
  beforeEach(async () => {
    issuer = new TokenIssuer(await makeKey('key-1'));
    lookups = 0;
    const findByHashes = async (hashes: readonly string[]) => {
      lookups++;
      return new Map(hashes.includes(hashApiKey('key')) ? [[hashApiKey('key'), principal]] : []);
    };
    const store = { findByHashes, noteUse: async () => undefined };
    keys = new ApiKeyAuthenticator(store, loadSettings({}), new ApiKeyUses(store));
  });

  it('knows API keys and access tokens beside each other', async () => {
    const authenticator = new Authenticator(keys, issuer.tokens);
    expect(await authenticator.principalOf('key', address)).toEqual(principal);
    expect(await authenticator.principalOf(await issuer.sign(), address)).toMatchObject({
      actor: 'user-1',
      tenant: 'acme',
    });
    expect(lookups).toBe(1);
  });

  it('knows API keys while the issuer is away', async () => {
    issuer.isAway = true;
    const authenticator = new Authenticator(keys, issuer.tokens);
    expect(await authenticator.principalOf('key', address)).toEqual(principal);
    await expect(authenticator.principalOf(await issuer.sign(), address)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('takes an access token for an unknown key if there is no issuer, and looks up nothing so long', async () => {
    const authenticator = new Authenticator(keys, null);
    expect(await authenticator.principalOf(await issuer.sign(), address)).toBeUndefined();
    expect([lookups, issuer.fetches]).toEqual([0, 0]);
  });
});

it('reads credentials of up to 8 KiB', () => {
  const credential = 'a'.repeat(MAX_CREDENTIAL_LENGTH);
  expect(bearerOf({ authorization: `Bearer ${credential}` })).toBe(credential);
  expect(bearerOf({ authorization: `bearer ${credential}a` })).toBeUndefined();
});
