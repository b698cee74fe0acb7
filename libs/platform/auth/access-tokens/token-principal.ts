import type { JWTPayload } from 'jose';
import { isStorable } from '#libs/contracts';
import type { Principal } from '../caller.js';
import { isScope, type Scope } from '../scopes.js';
import { isTenantName } from '../tenant-name.js';
import { invalidToken } from './invalid-token.js';

/** OpenID Connect allows no longer `sub`. It goes into the metadata of each event. */
const MAX_ACTOR_LENGTH = 255;
/** The last moment that a `Date` can hold. */
const MAX_TIME_MS = 8_640_000_000_000_000;

/**
 * Who a verified token is for, and what they may do.
 * @param tenantClaim the claim that names the tenant
 * @param toleranceSeconds how long the token is accepted after `exp`
 * @throws ProblemException (`unauthorized`) if a claim is missing or wrong
 */
export function tokenPrincipal(
  claims: JWTPayload & { exp: number },
  tenantClaim: string,
  toleranceSeconds: number,
): Principal & { readonly expiresAt: Date } {
  const tenant = Object.hasOwn(claims, tenantClaim) ? claims[tenantClaim] : undefined;
  if (tenant === undefined)
    throw invalidToken(`The access token names no tenant in the claim ${tenantClaim}.`);
  if (!isTenantName(tenant))
    throw invalidToken(`The claim ${tenantClaim} of the access token is no tenant name.`);
  const endMs = Math.min((claims.exp + toleranceSeconds) * 1_000, MAX_TIME_MS);
  const scopes = scopesOf(claims);
  return { actor: actorOf(claims), actorKind: 'token', tenant, scopes, expiresAt: new Date(endMs) };
}

function actorOf({ sub, client_id: clientId }: JWTPayload): string {
  const actor: unknown = sub ?? clientId;
  if (typeof actor !== 'string' || actor === '')
    throw invalidToken('The access token names neither a subject nor a client.');
  if (actor.length > MAX_ACTOR_LENGTH || !isStorable(actor))
    throw invalidToken(
      `The subject of the access token has more than ${MAX_ACTOR_LENGTH} characters, or some that cannot be stored.`,
    );
  return actor;
}

/**
 * The scopes that are known here; a token may have those of other services too. RFC 9068 has them as one text. Cloud Foundry
 * UAA and Duende IdentityServer write a list by default.
 */
function scopesOf({ scope }: JWTPayload): ReadonlySet<Scope> {
  const names: readonly unknown[] =
    typeof scope === 'string' ? scope.split(' ') : Array.isArray(scope) ? scope : [];
  return new Set(names.filter((name): name is Scope => typeof name === 'string' && isScope(name)));
}
