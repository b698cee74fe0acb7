/** What a caller may do for its own tenant. */
export const TENANT_SCOPES = [
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
] as const;

/** `operator` sees all tenants and may act for each of them. Nobody has it by default. */
export const SCOPES = [...TENANT_SCOPES, 'operator'] as const;

export type Scope = (typeof SCOPES)[number];

export const ALL_OF_A_TENANT: ReadonlySet<Scope> = new Set(TENANT_SCOPES);

const KNOWN: ReadonlySet<string> = new Set(SCOPES);

export const isScope = (text: string): text is Scope => KNOWN.has(text);
