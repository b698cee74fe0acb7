import { Command, InvalidArgumentError, Option } from 'commander';
import type { ActName } from '#libs/audit/core';
import { recordAct } from '#libs/audit/postgres';
import { isUuid } from '#libs/kernel';
import { EVERY_TENANT_SCOPE, isScope, SCOPES, TENANT_NAME_RULE } from '#libs/platform';
import { ApiKeyRepository, type ListedApiKey, type MadeApiKey, type RecordKeyChange } from '#libs/postgres';
import { cliAct } from '../audited.js';
import { cliSettings, print } from '../cli-settings.js';
import { parseDuration } from '../duration.js';
import { withDatabase } from '../resources.js';
import { parseTenant } from '../tenant-name.js';

const NAME_LENGTH = 200;
/** Ten years. */
const LONGEST_LIFE_MS = 3_650 * 86_400_000;

interface CreateOptions {
  readonly tenant: string;
  readonly name: string;
  readonly scopes?: readonly string[];
  readonly expiresIn?: number;
  readonly quiet?: boolean;
}

const withKeys = (work: (keys: ApiKeyRepository) => Promise<void>): Promise<void> =>
  withDatabase(cliSettings(), (prisma) => work(new ApiKeyRepository(prisma)));

/** Records the act in the transaction that does it. */
const recorded =
  (act: ActName, command: string): RecordKeyChange =>
  (transaction, { keyId, tenant }) =>
    recordAct(transaction, cliAct({ act, command, tenant, object: { kind: 'api-key', id: keyId } }));

export function keysCommand(): Command {
  return new Command('keys')
    .description('manage API keys of tenants')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand());
}

const createCommand = (): Command =>
  new Command('create')
    .description('create a key; it is shown once, and only its hash is stored')
    .requiredOption('--tenant <tenant>', `the tenant of the key: ${TENANT_NAME_RULE}`, parseTenant)
    .option('--name <name>', 'what the key is for', parseName, 'unnamed')
    .option(
      '--scopes <scopes>',
      'what it may do, separated by commas (default: everything of its tenant)',
      parseScopes,
    )
    .option('--expires-in <duration>', 'how long it is valid, such as 90d (default: forever)', parseLife)
    .option('--quiet', 'print only the key')
    .action(({ expiresIn, quiet, ...key }: CreateOptions) =>
      withKeys(async (repository) => {
        const expiresAt = expiresIn === undefined ? undefined : new Date(Date.now() + expiresIn);
        const made = await repository.create(
          { ...key, ...(expiresAt && { expiresAt }) },
          recorded('api-key.created', 'keys create'),
        );
        printMade(made, quiet);
      }),
    );

const listCommand = (): Command =>
  new Command('list')
    .description('list keys, without their secrets')
    .option('--tenant <tenant>', 'only the keys of this tenant', parseTenant)
    .action(({ tenant }: { tenant?: string }) =>
      withKeys(async (repository) => {
        for (const key of await repository.list(tenant)) print(keyLine(key, new Date()));
      }),
    );

const rotateCommand = (): Command =>
  new Command('rotate')
    .description('create a key with the same tenant, name, scopes and lifetime; the old one expires')
    .argument('<keyId>')
    .addOption(
      new Option('--overlap <duration>', 'how long the old key stays valid')
        .argParser(parseSpan)
        .default(parseSpan('24h'), '24h'),
    )
    .option('--quiet', 'print only the new key')
    .action((keyId: string, { overlap, quiet }: { overlap: number; quiet?: boolean }) =>
      withKeys(async (repository) => {
        const made = isUuid(keyId)
          ? await repository.rotate(
              keyId,
              overlap,
              recorded('api-key.rotated', 'keys rotate'),
              recorded('api-key.created', 'keys rotate'),
            )
          : undefined;
        if (!made) throw new Error(`there is no valid key ${keyId} that was not rotated before`);
        printMade(made, quiet);
      }),
    );

const revokeCommand = (): Command =>
  new Command('revoke')
    .description('revoke a key')
    .argument('<keyId>')
    .action((keyId: string) =>
      withKeys(async (repository) => {
        if (!isUuid(keyId) || !(await repository.revoke(keyId, recorded('api-key.revoked', 'keys revoke'))))
          throw new Error(`there is no valid key ${keyId}`);
        print(
          `key ${keyId} is revoked; running apps reject it at once, at the latest after API_KEY_CACHE_MS`,
        );
      }),
    );

function printMade({ keyId, key, tenant, expiresAt }: MadeApiKey, quiet = false): void {
  if (quiet) return print(key);
  const until = expiresAt ? `, until ${expiresAt.toISOString()}` : '';
  print(`key ${keyId} of tenant ${tenant}${until}: ${key}\nIt will not be shown again.`);
}

/** One line about a key. */
export function keyLine(key: ListedApiKey, now: Date): string {
  return [
    key.keyId,
    key.tenant,
    key.name,
    key.scopes.join(','),
    `made ${key.createdAt.toISOString()}`,
    key.expiresAt ? `expires ${key.expiresAt.toISOString()}` : 'never expires',
    key.lastUsedAt ? `last used ${key.lastUsedAt.toISOString()}` : 'never used',
    stateOf(key, now),
  ].join('  ');
}

function stateOf({ revokedAt, expiresAt, replacedBy }: ListedApiKey, now: Date): string {
  if (revokedAt) return `revoked ${revokedAt.toISOString()}`;
  const state = expiresAt && expiresAt <= now ? 'expired' : 'valid';
  return replacedBy ? `${state}, replaced by ${replacedBy}` : state;
}

function parseName(text: string): string {
  if (text.length > NAME_LENGTH || /\p{Cc}/u.test(text))
    throw new InvalidArgumentError(`A name has at most ${NAME_LENGTH} characters, on one line.`);
  return text;
}

function parseScopes(text: string): string[] {
  const scopes = text.split(',').map((scope) => scope.trim());
  const unknown = scopes.filter((scope) => scope !== EVERY_TENANT_SCOPE && !isScope(scope));
  if (unknown.length > 0)
    throw new InvalidArgumentError(
      `There is no scope ${unknown.join(', ')}. Scopes are ${SCOPES.join(', ')}, and ${EVERY_TENANT_SCOPE} for all of a tenant's.`,
    );
  return [...new Set(scopes)];
}

function parseLife(text: string): number {
  const ms = parseSpan(text);
  if (ms === 0) throw new InvalidArgumentError('A key of that life would have expired before it is used.');
  return ms;
}

function parseSpan(text: string): number {
  const ms = parseDuration(text);
  if (ms > LONGEST_LIFE_MS) throw new InvalidArgumentError('At most 3650d.');
  return ms;
}
