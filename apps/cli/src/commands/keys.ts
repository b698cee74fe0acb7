import { Command } from 'commander';
import { isUuid } from '#libs/kernel';
import { ApiKeyRepository, makePrisma } from '#libs/persistence';
import { cliSettings, print } from '../cli-settings.js';

/** Tenants are part of stream ids, in front of a slash. */
const TENANT = /^[a-z0-9][a-z0-9._-]{0,62}$/i;
const TENANT_RULE =
  'up to 63 letters, digits, dots, dashes and underscores, beginning with a letter or digit';

async function withKeys(work: (keys: ApiKeyRepository) => Promise<void>): Promise<void> {
  const prisma = makePrisma(cliSettings().database);
  try {
    await work(new ApiKeyRepository(prisma));
  } finally {
    await prisma.$disconnect();
  }
}

export function keysCommand(): Command {
  const keys = new Command('keys').description('API keys of the tenants');
  keys
    .command('create')
    .description('make a key; it is shown once, and only its hash is kept')
    .requiredOption('--tenant <tenant>', `whose key it is: ${TENANT_RULE}`)
    .option('--name <name>', 'what it is for', 'unnamed')
    .option('--quiet', 'print the key alone')
    .action(({ tenant, name, quiet }: { tenant: string; name: string; quiet?: boolean }) =>
      withKeys(async (repository) => {
        if (!TENANT.test(tenant)) throw new Error(`a tenant's name is ${TENANT_RULE}`);
        const { keyId, key } = await repository.create(tenant, name);
        print(quiet ? key : `key ${keyId} of tenant ${tenant}: ${key}\nIt is shown this once.`);
      }),
    );
  keys
    .command('list')
    .description('all keys, without the keys themselves')
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
    .description('make a key worthless')
    .action((keyId: string) =>
      withKeys(async (repository) => {
        if (!isUuid(keyId) || !(await repository.revoke(keyId)))
          throw new Error(`there is no valid key ${keyId}`);
        print(`key ${keyId} is revoked; running apps notice within the time of API_KEY_CACHE_MS`);
      }),
    );
  return keys;
}
