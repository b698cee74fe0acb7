import { Command } from 'commander';
import { isUuid } from '#libs/kernel';
import { isTenantName, TENANT_NAME_RULE } from '#libs/platform';
import { ApiKeyRepository } from '#libs/postgres';
import { cliSettings, print } from '../cli-settings.js';
import { withDatabase } from '../resources.js';

const withKeys = (work: (keys: ApiKeyRepository) => Promise<void>): Promise<void> =>
  withDatabase(cliSettings(), (prisma) => work(new ApiKeyRepository(prisma)));

export function keysCommand(): Command {
  const keys = new Command('keys').description('manage API keys of tenants');
  keys
    .command('create')
    .description('create a key; it is shown once, and only its hash is stored')
    .requiredOption('--tenant <tenant>', `the tenant of the key: ${TENANT_NAME_RULE}`)
    .option('--name <name>', 'what the key is for', 'unnamed')
    .option('--quiet', 'print only the key')
    .action(({ tenant, name, quiet }: { tenant: string; name: string; quiet?: boolean }) =>
      withKeys(async (repository) => {
        if (!isTenantName(tenant)) throw new Error(`a tenant's name is ${TENANT_NAME_RULE}`);
        const { keyId, key } = await repository.create(tenant, name);
        print(quiet ? key : `key ${keyId} of tenant ${tenant}: ${key}\nIt will not be shown again.`);
      }),
    );
  keys
    .command('list')
    .description('list all keys, without their secrets')
    .action(() =>
      withKeys(async (repository) => {
        for (const { keyId, tenant, name, createdAt, revokedAt } of await repository.list()) {
          const state = revokedAt ? `revoked ${revokedAt.toISOString()}` : 'valid';
          print(`${keyId}  ${tenant}  ${name}  made ${createdAt.toISOString()}  ${state}`);
        }
      }),
    );
  keys
    .command('revoke <keyId>')
    .description('revoke a key')
    .action((keyId: string) =>
      withKeys(async (repository) => {
        if (!isUuid(keyId) || !(await repository.revoke(keyId)))
          throw new Error(`there is no valid key ${keyId}`);
        print(`key ${keyId} is revoked; running apps reject it after API_KEY_CACHE_MS at the latest`);
      }),
    );
  return keys;
}
