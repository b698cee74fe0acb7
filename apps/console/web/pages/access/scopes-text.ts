/** All of a tenant's. `operator` comes on top. */
const OF_TENANT = [
  'orders:read',
  'orders:write',
  'stock:read',
  'stock:write',
  'payments:read',
  'payments:write',
  'carts:write',
  'webhooks:read',
  'webhooks:write',
  'events:read',
];

/** Scopes in few words, where a key has all that a tenant can give. */
export function scopesText(scopes: readonly string[]): string {
  const others = scopes.filter((scope) => !OF_TENANT.includes(scope));
  const hasAll = OF_TENANT.every((scope) => scopes.includes(scope));
  return (hasAll ? ['all of its tenant', ...others] : scopes).join(', ');
}
