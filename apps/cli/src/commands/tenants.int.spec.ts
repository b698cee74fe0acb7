import { useDatabase } from '#libs/testing';
import { usePrinted } from './printed.fixture.js';
import { tenantsCommand } from './tenants.js';

const { url } = await useDatabase(1);

describe('orderstream tenants', () => {
  const printed = usePrinted({ DATABASE_URL: url, RATE_LIMIT_REQUESTS_PER_SECOND: '500' });
  const run = async (...args: string[]): Promise<string> => {
    printed.out = '';
    const command = tenantsCommand();
    for (const each of [command, ...command.commands]) each.exitOverride();
    await command.parseAsync(args, { from: 'user' });
    return printed.out;
  };

  it('sets limits, shows where each comes from, and takes them away', async () => {
    const set = await run('set', 'acme', '--orders-per-second', '200', '--batch-size', '500');
    expect(set).toMatch(/^orders-per-second {2}200 {2}\(its own\)$/m);
    expect(set).toMatch(/^requests-per-second {2}500 {2}\(RATE_LIMIT_REQUESTS_PER_SECOND\)$/m);
    expect(set).toMatch(/^stored-carts {2}no limit {2}\(CART_MAX_STORED\)$/m);
    expect(await run('list')).toBe('acme  orders-per-second 200, batch-size 500\n');
    await run('unset', 'acme', '--orders-per-second');
    expect(await run('list')).toBe('acme  batch-size 500\n');
    expect(await run('show', 'acme')).toMatch(
      /^orders-per-second {2}no limit {2}\(RATE_LIMIT_ORDERS_PER_SECOND\)$/m,
    );
    await run('unset', 'acme');
    expect(await run('list')).toBe('');
  });

  it.each([
    [['set', 'acme', '--batch-size', '1001'], /'--batch-size <number>'.*from 1 to 1000\./],
    [['set', 'acme', '--subscriptions', '0'], /'--subscriptions <number>'.*from 1 to 1000000\./],
    [['set', 'acme', '--event-streams', '1.5'], /'--event-streams <number>'.*from 1 to 1000000\./],
    [['set', 'acme'], /name at least one limit/],
    [['set', 'a/b', '--batch-size', '1'], /A tenant's name is up to 63/],
  ])('says what is wrong: %j', async (args, message) => {
    await expect(run(...args)).rejects.toThrow(message);
    expect(await run('list')).toBe('');
  });
});
