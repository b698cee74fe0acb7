import { InvalidArgumentError } from 'commander';
import { isTenantName, TENANT_NAME_RULE } from '#libs/platform';

/** Parses an argument or an option. */
export function parseTenant(text: string): string {
  if (!isTenantName(text)) throw new InvalidArgumentError(`A tenant's name is ${TENANT_NAME_RULE}.`);
  return text;
}
