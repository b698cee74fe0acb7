import { randomUUID } from 'node:crypto';
import { useDatabase } from '#libs/testing';
import { searchTermsOf } from '../core/index.js';
import { ApiKeyDirectory } from './api-key-directory.js';
import { PartitionDirectory } from './partition-directory.js';
import { SearchRepository } from './search.repository.js';
import { TenantDirectory } from './tenant-directory.js';

const { prisma } = await useDatabase(1);
const sql = (text: string, values: readonly unknown[] = []) => prisma.pool.query(text, [...values]);

const ORDER = '01a22cbb-0000-7000-8000-000000000001';
const tenants = new TenantDirectory(prisma);
const search = new SearchRepository(prisma, tenants);
const find = async (text: string) => {
  const { items, isPartial } = await search.find(searchTermsOf(text));
  return { found: items.map(({ kind, id, tenant }) => [kind, id, tenant]), isPartial };
};

describe('what operators look up', () => {
  beforeAll(async () => {
    // Many rows of one tenant, one row each of many.
    await sql(`insert into "order" select gen_random_uuid(), 'big', 1, 'created', 'c-' || n % 50, now(), now(), '{}'
      from generate_series(1, 20000) as n`);
    await sql(`insert into "order" values ($1, 'acme', 2, 'shipped', 'ada', now(), now(), '{}')`, [ORDER]);
    await sql(`insert into stock_item (tenant, sku, version, on_hand, reserved, available, created_at, updated_at, state)
      select tenant, sku, 1, 5, 0, 5, now(), now(), '{}'
      from (values ('acme', 'tea'), ('acme', 'tea-green'), ('acme', 'teb'), ('zen', 'tea')) as item (tenant, sku)`);
    await sql(`insert into cart (tenant, cart_id, version, status, customer_id, created_at, updated_at, state)
      values ('acme', 'basket-1', 1, 'open', 'ada', now(), now(), '{}')`);
    await sql(`insert into tenant_limit (tenant) values ('limited')`);
    await sql(`insert into event_index values ($1, $2, 'acme', 'orders', 3, 17)`, [
      '01a22cbb-0000-7000-8000-0000000000e1',
      ORDER,
    ]);
    await sql(`insert into api_key (id, tenant, name, hash, created_at, revoked_at)
      select gen_random_uuid(), case when n % 2 = 0 then 'acme' else 'keyed' end, 'key ' || n, 'hash ' || n,
        now() - n * interval '1 minute', case when n % 3 = 0 then now() end
      from generate_series(1, 10) as n`);
    await sql(`insert into partition_owner values ('orders', 0, 12, 'http://10.0.0.1:8080/peer', 'secret'),
      ('orders', 1, 13, 'http://10.0.0.2:8080/peer', 'secret')`);
    await sql(`insert into webhook_partition values ('orders', 1, $1, 99, 4), ('stock', 0, $1, 1, 4)`, [
      randomUUID(),
    ]);
    await sql('analyze');
  });

  it('tenants are those that any table knows, page by page, without a look at all rows', async () => {
    const all = await tenants.findPage(100);
    expect(all.items).toEqual([
      { tenant: 'acme', validKeys: 4, hasOwnLimits: false },
      { tenant: 'big', validKeys: 0, hasOwnLimits: false },
      { tenant: 'keyed', validKeys: 3, hasOwnLimits: false },
      { tenant: 'limited', validKeys: 0, hasOwnLimits: true },
      { tenant: 'zen', validKeys: 0, hasOwnLimits: false },
    ]);
    const first = await tenants.findPage(2);
    expect([first.items.length, first.hasMore]).toEqual([2, true]);
    expect((await tenants.findPage(100, first.items[1]!.tenant)).items).toEqual(all.items.slice(2));
    const readOneByOne = async () => {
      await sql('select pg_stat_force_next_flush()');
      await sql('select 1');
      const { rows } = await sql(
        `select seq_tup_read::int as read from pg_stat_user_tables where relname = 'order'`,
      );
      return rows[0]?.read as number;
    };
    const before = await readOneByOne();
    await tenants.names(100);
    expect(await readOneByOne()).toBe(before);
  });

  it('keys come newest first, of all tenants or one, and without hashes', async () => {
    const keys = new ApiKeyDirectory(prisma);
    const all = await keys.findPage({ limit: 100 });
    expect(all.items.map(({ name }) => name)).toEqual(Array.from({ length: 10 }, (_, n) => `key ${n + 1}`));
    const { createdAt, keyId } = all.items[3]!;
    const after = { createdAt: createdAt.getTime() as never, key: keyId };
    expect((await keys.findPage({ limit: 3, after })).items).toEqual(all.items.slice(4, 7));
    const own = await keys.findPage({ limit: 100, tenant: 'keyed' });
    expect(own.items.map(({ tenant }) => tenant)).toEqual(Array(5).fill('keyed'));
    expect(JSON.stringify(all)).not.toContain('hash');
  });

  it('partitions have a writer, a dispatcher, or both, and no token', async () => {
    const partitions = new PartitionDirectory(prisma);
    const { items, hasMore } = await partitions.findPage(2);
    expect([items.map(({ topic, partition }) => [topic, partition]), hasMore]).toEqual([
      [
        ['orders', 0],
        ['orders', 1],
      ],
      true,
    ]);
    expect(items[0]).toMatchObject({ url: 'http://10.0.0.1:8080/peer', claim: 12, dispatcher: null });
    expect(items[1]).toMatchObject({ claim: 13, dispatcher: expect.any(String), scannedOffset: 99 });
    expect((await partitions.findPage(2, items[1])).items).toEqual([
      expect.objectContaining({ topic: 'stock', url: null }),
    ]);
    expect(JSON.stringify(items)).not.toContain('secret');
  });

  it.each([
    [ORDER, [['order', ORDER, 'acme']]],
    [
      '01a22cbb-0000-7000',
      [
        ['order', ORDER, 'acme'],
        ['event', '01a22cbb-0000-7000-8000-0000000000e1', 'acme'],
      ],
    ],
    ['orders/3@17', [['position', 'orders/3@17', null]]],
    ['nowhere/3@17', []],
    ['acm', [['tenant', 'acme', 'acme']]],
    ['ada', [['customer', 'ada', 'acme']]],
    [
      'tea',
      [
        ['sku', 'tea', 'acme'],
        ['sku', 'tea-green', 'acme'],
        ['sku', 'tea', 'zen'],
      ],
    ],
    ['basket', [['cart', 'basket-1', 'acme']]],
    ['c-7', [['customer', 'c-7', 'big']]],
    ["'; drop", []],
  ])('%j is found', async (text, expected) => {
    expect(await find(text)).toEqual({ found: expected, isPartial: false });
  });

  it('a search says when there are too many tenants to look into each', async () => {
    await sql(`insert into tenant_limit (tenant) select 'many-' || n from generate_series(1, 1000) as n`);
    expect(await find('ada')).toEqual({ found: [['customer', 'ada', 'acme']], isPartial: true });
  });
});
