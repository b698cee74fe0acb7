import { hash } from 'node:crypto';
import {
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
  type JWTVerifyOptions,
} from 'jose';
import { LRUCache } from 'lru-cache';
import { type Clock, systemClock } from '#libs/kernel';
import type { Notices } from '../../health/readiness.js';
import { ProblemException } from '../../http/problem.js';
import type { Settings } from '../../settings/settings.js';
import type { Principal } from '../caller.js';
import { invalidToken, verificationProblem } from './invalid-token.js';
import { fetchSigningKeys } from './issuer-documents.js';
import { type KeySet, SigningKeys, SigningKeysUnavailableError } from './signing-keys.js';
import { tokenPrincipal } from './token-principal.js';

/**
 * Signatures by a private key only. With a shared secret (`HS256`), the public key could serve as the secret, and `none` is no
 * signature at all.
 */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

/** How far the issuer's clock and ours may be apart. */
const TOLERANCE_SECONDS = 30;
/**
 * A signature costs 100 to 200 µs of CPU time, a look here less than 6. Each takes about a kilobyte at most, because the parts
 * of a principal are bounded.
 */
const MAX_VERIFIED = 5_000;
const RETRY_AFTER_SECONDS = 10;

const COMPACT_JWS = /^[\w-]+\.[\w-]*\.[\w-]*$/;

/** Whether a credential is meant as a signed token: three parts, of which the first is the header of a signature. */
export function isSignedToken(credential: string): boolean {
  if (!COMPACT_JWS.test(credential)) return false;
  try {
    return typeof decodeProtectedHeader(credential).alg === 'string';
  } catch {
    return false;
  }
}

/** What a token must say to be accepted. */
export interface TokenRules {
  readonly issuer: string;
  readonly audience: string;
  readonly type: string;
  readonly tenantClaim: string;
}

interface VerifiedToken {
  readonly principal: Principal & { readonly expiresAt: Date };
  /** The keys of which one has verified it. */
  readonly keys: KeySet;
}

/** Verifies the JWT access tokens of one issuer (RFC 9068). */
export class AccessTokens {
  /** By the hash of the token, so that no token lies in memory. */
  readonly #verified = new LRUCache<string, VerifiedToken>({ max: MAX_VERIFIED });
  readonly #options: Omit<JWTVerifyOptions, 'currentDate'>;

  constructor(
    private readonly rules: TokenRules,
    private readonly keys: SigningKeys,
    private readonly clock: Clock,
  ) {
    this.#options = {
      issuer: rules.issuer,
      audience: rules.audience,
      typ: rules.type,
      algorithms: ALGORITHMS,
      requiredClaims: ['exp'],
      clockTolerance: TOLERANCE_SECONDS,
    };
  }

  /** Those of the issuer in the settings; `null` without one. */
  static of({ auth: { oidc } }: Settings): AccessTokens | null {
    if (!oidc) return null;
    const keys = new SigningKeys(() => fetchSigningKeys(oidc.issuer), systemClock);
    return new AccessTokens(oidc, keys, systemClock);
  }

  onModuleInit(): void {
    this.keys.start();
  }

  onApplicationShutdown(): void {
    this.keys.stop();
  }

  notices(): Notices {
    return this.keys.notices();
  }

  /** @throws ProblemException that says why the token is not accepted, or that it cannot be verified now */
  async principalOf(token: string): Promise<Principal> {
    try {
      return await this.#principalOf(token);
    } catch (error) {
      if (!(error instanceof SigningKeysUnavailableError)) throw verificationProblem(error);
      const detail = 'The issuer of access tokens has not given its keys yet.';
      const retryAfterSeconds = RETRY_AFTER_SECONDS;
      throw new ProblemException('unavailable', detail, { retryAfterSeconds, cause: error });
    }
  }

  async #principalOf(token: string): Promise<Principal> {
    const keys = await this.keys.current();
    const key = hash('sha256', token, 'base64url');
    const known = this.#verified.get(key);
    if (known?.keys === keys && known.principal.expiresAt.getTime() > this.clock.now())
      return known.principal;
    // The tokens of others would only cause look-ups of keys that are not there.
    if (decodeJwt(token).iss !== this.rules.issuer)
      throw invalidToken('The access token is from another issuer.');
    const verified = await this.#verify(token, keys);
    this.#verified.set(key, verified);
    return verified.principal;
  }

  async #verify(token: string, keys: KeySet): Promise<VerifiedToken> {
    try {
      return await this.#verifyWith(keys, token);
    } catch (error) {
      if (!mayBeOfNewerKey(error)) throw error;
      const newer = await this.keys.newerThan(keys);
      if (newer === keys) throw error;
      return this.#verifyWith(newer, token);
    }
  }

  async #verifyWith(keys: KeySet, token: string): Promise<VerifiedToken> {
    const options = { ...this.#options, currentDate: new Date(this.clock.now()) };
    const claims = await jwtVerify(token, keys, options).then(
      ({ payload }) => payload,
      (error: unknown) => {
        if (error instanceof errors.JWKSMultipleMatchingKeys) return verifyWithAny(error, token, options);
        throw error;
      },
    );
    // `exp` is required above.
    const principal = tokenPrincipal(
      claims as JWTPayload & { exp: number },
      this.rules.tenantClaim,
      TOLERANCE_SECONDS,
    );
    return { principal, keys };
  }
}

/** An issuer that gives its keys no ids may replace one at any time. */
const mayBeOfNewerKey = (error: unknown): boolean =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;

/** Two keys match while an issuer changes from one to the next without naming them. */
async function verifyWithAny(
  candidates: errors.JWKSMultipleMatchingKeys,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTPayload> {
  for await (const key of candidates) {
    try {
      return (await jwtVerify(token, key, options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}
