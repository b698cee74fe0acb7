/** @own-servers */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { makePrisma, migrate, type PooledPrisma } from '#libs/postgres';
import { makeTestDirectory } from '#libs/testing';
import {
  type EmbeddedKafka,
  type EmbeddedServer,
  startKafka,
  startPostgres,
} from '../../../../tools/launcher/embedded.mjs';
import { analystsCommand } from './analysts.js';
import { usePrinted } from './printed.fixture.js';

const directory = await makeTestDirectory('analysts');
const postgres: EmbeddedServer = await startPostgres({ directory: join(directory, 'postgres') });
const kafka: EmbeddedKafka = await startKafka({ directory: join(directory, 'kafka') });
await migrate(postgres.url, 'prisma/migrations');
const prisma: PooledPrisma = makePrisma({ url: postgres.url, poolSize: 1, timeoutMs: 4_000 });
const administrator = new URL(postgres.url);
administrator.username = 'orderstream_admin';
administrator.password = readFileSync(join(directory, 'postgres.admin-password'), 'utf8').trim();

afterAll(async () => {
  await prisma.$disconnect();
  await Promise.all([postgres.stop(), kafka.stop()]);
});

const ORDER = '0197a2f0-0000-7000-8000-000000000001';
const STATE = {
  currency: 'EUR',
  total: 1250,
  items: [{ sku: 'tea', quantity: 2, unitPrice: 625 }],
  customer: { id: 'c-1', email: 'ada@example.com', name: 'Ada \0 \ud800 \\u0000' },
  carrier: null,
  cancellation: null,
};

const byView = (one: { view: string | undefined }, other: { view: string | undefined }) =>
  (one.view ?? '') < (other.view ?? '') ? -1 : 1;

describe('orderstream analysts', () => {
  const printed = usePrinted({
    DATABASE_URL: postgres.url,
    DATABASE_ADMIN_URL: administrator.href,
    KAFKA_BROKERS: kafka.brokers,
  });

  async function run(...args: string[]): Promise<string> {
    const command = analystsCommand();
    for (const each of command.commands) each.exitOverride();
    printed.out = '';
    await command.parseAsync(args, { from: 'user' });
    return printed.out.trim();
  }
  const make = async (name: string): Promise<string> => {
    const folder = join(directory, name);
    await run('create', name, '--no-topics', '--write', folder);
    return readFileSync(join(folder, 'database.url'), 'utf8').trim();
  };
  async function queryAs(url: string, text: string): Promise<object[]> {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query<object>(text)).rows;
    } finally {
      await client.end();
    }
  }

  it('makes a role that reads the views', async () => {
    await prisma.$executeRaw`
      insert into "order" (order_id, tenant, version, status, customer_id, created_at, updated_at, state)
      values (${ORDER}::uuid, 'acme', 1, 'created', 'c-1', now(), now(), ${JSON.stringify(STATE)}::json)`;
    const url = await make('ada');
    expect(
      await queryAs(url, 'select order_id, currency, total_minor, total::text, carrier from orders'),
    ).toEqual([{ order_id: ORDER, currency: 'EUR', total_minor: '1250', total: '12.50', carrier: null }]);
    expect(
      await queryAs(url, 'select line, sku, quantity::int, unit_price::text from analytics.order_items'),
    ).toEqual([{ line: 1, sku: 'tea', quantity: 2, unit_price: '6.25' }]);
    for (const view of ['orders_by_hour', 'payments', 'stock', 'carts', 'notifications'])
      expect(await queryAs(url, `select * from analytics.${view}`)).toEqual([]);
    expect(await run('list', '--no-topics')).toBe('ada  no topics  database: orderstream_analyst_ada');
    expect(statSync(join(directory, 'ada', 'database.url')).mode & 0o077).toBe(0);
    expect(existsSync(join(directory, 'ada', 'kcat.conf'))).toBe(false);
  });

  it.each([
    'select * from public."order"',
    'select * from public.api_key',
    'begin read write; insert into public."order" select * from public."order"',
    'begin read write; delete from analytics.orders',
    'begin read write; create table public.own (id int)',
    'begin read write; create table analytics.own (id int)',
    'begin read write; create schema own',
    'begin read write; create role another',
    'set role orderstream_app',
    'set role orderstream_admin',
    'select * from pg_authid',
    `select pg_read_file('PG_VERSION')`,
  ])('does not let it %s', async (statement) => {
    const url = readFileSync(join(directory, 'ada', 'database.url'), 'utf8').trim();
    await expect(queryAs(url, statement)).rejects.toThrow(/permission denied|cannot delete from view/);
  });

  it('shows no personal field', async () => {
    const url = readFileSync(join(directory, 'ada', 'database.url'), 'utf8').trim();
    for (const view of ['orders', 'order_items']) {
      const rows = await queryAs(url, `select * from analytics.${view}`);
      expect(rows).toHaveLength(1);
      expect(JSON.stringify(rows)).not.toMatch(/ada@example|Ada/);
    }
  });

  it('shows the columns that docs/analysts.md tells of, and no others', async () => {
    const views = await prisma.$queryRaw<{ view: string; columns: string }[]>`
      select table_name as view, string_agg(column_name, ', ' order by ordinal_position) as columns
      from information_schema.columns where table_schema = 'analytics' group by 1 order by 1`;
    const told = [
      ...readFileSync('docs/analysts.md', 'utf8').matchAll(/^\| `analytics\.(\w+)` \| .* \| (`.*`) \|$/gm),
    ];
    expect(
      told.map(([, view, columns = '']) => ({ view, columns: columns.replaceAll('`', '') })).toSorted(byView),
    ).toEqual(views);
  });

  it('lets a later view be read', async () => {
    const url = readFileSync(join(directory, 'ada', 'database.url'), 'utf8').trim();
    await prisma.$executeRaw`create view analytics.later as select 1 as one`;
    expect(await queryAs(url, 'select one from later')).toEqual([{ one: 1 }]);
  });

  it('refuses a second analyst of the name', async () => {
    await expect(make('ada')).rejects.toThrow('there is an analyst ada: remove it first');
  });

  it('removes an analyst, whose sessions end', async () => {
    const client = new Client({ connectionString: await make('bob') });
    const ended = new Promise((resolve) => client.on('error', resolve));
    await client.connect();
    expect(await run('remove', 'bob', '--no-topics')).toBe('analyst bob is removed');
    await ended;
    expect(await run('list', '--no-topics')).not.toContain('bob');
    await expect(run('remove', 'bob', '--no-topics')).rejects.toThrow('there is no analyst bob');
    await make('bob');
  });

  it('removes an analyst who owns something', async () => {
    const url = await make('kim');
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('set default_transaction_read_only = off');
    await client.query('select lo_create(0)');
    await client.query('create temporary table own (id int)');
    expect(await run('remove', 'kim', '--no-topics')).toBe('analyst kim is removed');
    await expect(queryAs(url, 'select 1')).rejects.toThrow();
  });

  it('keeps out an analyst whose role cannot be dropped', async () => {
    const url = await make('lee');
    const elsewhere = new URL(url);
    elsewhere.pathname = '/postgres';
    await queryAs(elsewhere.href, 'select lo_create(0)');
    await expect(run('remove', 'lee', '--no-topics')).rejects.toThrow('cannot be dropped');
    await expect(queryAs(url, 'select 1')).rejects.toThrow('not permitted to log in');
  });

  it('records who did it', async () => {
    const acts = await prisma.$queryRaw<object[]>`
      select act ->> 'act' as act, act ->> 'objectId' as analyst, outcome from audit_outbox order by begun_at limit 3`;
    expect(acts).toEqual([
      { act: 'analyst.created', analyst: 'ada', outcome: 'succeeded' },
      { act: 'analyst.created', analyst: 'bob', outcome: 'succeeded' },
      { act: 'analyst.removed', analyst: 'bob', outcome: 'succeeded' },
    ]);
  });

  it.each([
    [
      'a role that may create no roles',
      { DATABASE_ADMIN_URL: postgres.url },
      ['--no-topics'],
      /Set DATABASE_ADMIN_URL/,
    ],
    ['brokers without TLS', {}, ['--no-database'], /log in over TLS alone/],
    ['a name that is none', {}, ['--no-topics', 'Ada'], /beginning with a letter/],
  ])('says what to do about %s', async (_, environment, args, message) => {
    Object.assign(process.env, environment);
    const [, name = 'eve'] = args;
    await expect(run('create', ...args.slice(0, 1), name)).rejects.toThrow(message);
    expect(await run('list', '--no-topics')).not.toContain('eve');
  });

  it('says what to do about brokers where everybody may do everything', async () => {
    await expect(run('list', '--no-database')).rejects.toThrow(/no authorizer.*npm start -- --secure/);
  });
});
