import { hashApiKey } from '#libs/platform';
import { ApiKeyRepository } from '#libs/postgres';
import { useDatabase } from '#libs/testing';
import { usePrinted } from './printed.fixture.js';
import { keysCommand } from './keys.js';

const { url, prisma } = await useDatabase(2);

describe('orderstream keys', () => {
  const printed = usePrinted({ DATABASE_URL: url });
  const keys = new ApiKeyRepository(prisma);

  async function run(...args: string[]): Promise<string> {
    const command = keysCommand();
    for (const each of command.commands) each.exitOverride();
    printed.out = '';
    await command.parseAsync(args, { from: 'user' });
    return printed.out.trim();
  }
  const create = (...more: string[]) => run('create', '--tenant', 'acme', '--quiet', ...more);
  const principalOf = async (key: string) =>
    (await keys.findByHashes([hashApiKey(key)])).get(hashApiKey(key));

  it('creates keys with scopes and an end, and tells all of a key but its secret', async () => {
    const key = await create('--scopes', 'orders:read, stock:read', '--expires-in', '90d', '--name', 'shop');
    const principal = await principalOf(key);
    expect(principal).toMatchObject({ tenant: 'acme', scopes: new Set(['orders:read', 'stock:read']) });
    const list = await run('list', '--tenant', 'acme');
    expect(list).toMatch(
      /^\S+ {2}acme {2}shop {2}orders:read,stock:read {2}made \S+ {2}expires \S+ {2}never used {2}valid$/,
    );
    expect(list).not.toContain(hashApiKey(key));
    await keys.noteUse(new Map([[principal!.actor, new Date('2026-01-01T00:00:00Z')]]));
    expect(await run('list')).toContain('last used 2026-01-01T00:00:00.000Z');
    expect(await run('list', '--tenant', 'other')).toBe('');
  });

  it('gives the scope of the operator only by name', async () => {
    expect((await principalOf(await create()))!.scopes.has('operator')).toBe(false);
    expect((await principalOf(await create('--scopes', '*,operator')))!.scopes.has('operator')).toBe(true);
  });

  it.each([
    ['a scope that is none', ['--scopes', 'orders:read,orders:delete'], 'There is no scope orders:delete'],
    ['no scope', ['--scopes', ''], 'Scopes are orders:read, orders:write'],
    ['a life that is none', ['--expires-in', 'soon'], 'with ms, s, m, h or d'],
    ['a life without end', ['--expires-in', '99999d'], 'At most 3650d'],
    ['a life of nothing', ['--expires-in', '0s'], 'would have expired before it is used'],
    ['a name of two lines', ['--name', 'a\nb'], 'on one line'],
    ['a tenant that is none', ['--tenant', 'a/b'], "A tenant's name is"],
  ])('refuses %s, and makes no key', async (_, args, message) => {
    const before = (await keys.list()).length;
    await expect(create(...args)).rejects.toThrow(message);
    expect(await keys.list()).toHaveLength(before);
  });

  it('rotates and revokes', async () => {
    const old = await create('--scopes', 'orders:read');
    const { actor } = (await principalOf(old))!;
    const made = await run('rotate', actor, '--overlap', '1h', '--quiet');
    expect(await principalOf(made)).toMatchObject({ scopes: new Set(['orders:read']) });
    const { actor: newId } = (await principalOf(made))!;
    expect(await run('list')).toContain(`valid, replaced by ${newId}`);
    await prisma.apiKey.updateMany({ where: { replacedBy: newId }, data: { expiresAt: new Date(0) } });
    expect(await run('list')).toContain(`expired, replaced by ${newId}`);
    await expect(run('rotate', actor)).rejects.toThrow(`no valid key ${actor} that was not rotated before`);
    await run('revoke', newId);
    expect(await principalOf(made)).toBeUndefined();
    await expect(run('revoke', 'x')).rejects.toThrow('there is no valid key x');
  });
});
