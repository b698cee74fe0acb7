import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWK,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { FakeClock } from '#libs/webhook-delivery/testing';
import { AccessTokens, type TokenRules } from './access-tokens.js';
import { SigningKeys } from './signing-keys.js';

export const RULES: TokenRules = {
  issuer: 'https://issuer.example/realm',
  audience: 'https://orders.example',
  type: 'at+jwt',
  tenantClaim: 'tenant',
};

export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly jwk: JWK;
  readonly alg: string;
}

export async function makeKey(kid: string | undefined, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), alg, ...(kid !== undefined && { kid }) };
  return { privateKey, publicKey, jwk, alg };
}

/** Claims of a good token; `undefined` leaves one out. */
export type Claims = Readonly<Record<string, unknown>>;

/** An issuer in memory, with the verifier under test and a clock for both. */
export class TokenIssuer {
  readonly clock = new FakeClock();
  readonly keys: SigningKeys;
  readonly tokens: AccessTokens;
  isAway = false;
  fetches = 0;
  published: JWK[];

  constructor(readonly key: SigningKey) {
    this.published = [key.jwk];
    this.keys = new SigningKeys(() => this.#fetch(), this.clock);
    this.tokens = new AccessTokens(RULES, this.keys, this.clock);
  }

  get now(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  claims(more: Claims = {}): Record<string, unknown> {
    const claims = {
      iss: RULES.issuer,
      aud: RULES.audience,
      sub: 'user-1',
      client_id: 'shop',
      tenant: 'acme',
      scope: 'orders:read orders:write',
      iat: this.now,
      exp: this.now + 86_400,
      ...more,
    };
    return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
  }

  header(more: Claims = {}, { jwk, alg }: SigningKey = this.key): JWTHeaderParameters {
    const header = { alg, typ: RULES.type, kid: jwk.kid, ...more };
    return Object.fromEntries(
      Object.entries(header).filter(([, value]) => value !== undefined),
    ) as JWTHeaderParameters;
  }

  sign(claims: Claims = {}, header: Claims = {}, key: SigningKey = this.key): Promise<string> {
    return new SignJWT(this.claims(claims)).setProtectedHeader(this.header(header, key)).sign(key.privateKey);
  }

  async #fetch(): Promise<JSONWebKeySet> {
    this.fetches++;
    if (this.isAway) throw new Error('connect ECONNREFUSED');
    return { keys: this.published };
  }
}
