import { ALL_OF_A_TENANT, SCOPES, type Scope, TENANT_SCOPES } from './scopes.js';

/** Stands for all scopes of a tenant, also those that later versions add. Never for `operator`. */
export const EVERY_TENANT_SCOPE = '*';

/** There are at most two to the power of the number of scopes. */
const sets = new Map<string, ReadonlySet<Scope>>([[TENANT_SCOPES.join(), ALL_OF_A_TENANT]]);

/** The scopes with these names, as one set for all who have the same. Other names grant nothing. */
export function scopeSetOf(names: Iterable<string>): ReadonlySet<Scope> {
  const granted = new Set(names);
  if (granted.has(EVERY_TENANT_SCOPE)) for (const scope of TENANT_SCOPES) granted.add(scope);
  const scopes = SCOPES.filter((scope) => granted.has(scope));
  const key = scopes.join();
  const known = sets.get(key) ?? new Set(scopes);
  sets.set(key, known);
  return known;
}
