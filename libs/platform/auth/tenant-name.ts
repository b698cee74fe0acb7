/** A tenant's name is the part of a stream id before the slash. */
const TENANT_NAME = /^[a-z0-9][a-z0-9._-]{0,62}$/i;

/** For descriptions of the API, which have no flags. */
export const TENANT_NAME_PATTERN = '^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$';

export const TENANT_NAME_RULE =
  'up to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit';

export const isTenantName = (value: unknown): value is string =>
  typeof value === 'string' && TENANT_NAME.test(value);
