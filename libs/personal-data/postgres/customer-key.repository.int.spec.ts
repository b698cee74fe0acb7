import { randomBytes } from 'node:crypto';
import { nameOfCustomer } from '#libs/personal-data/sealing';
import { DatabaseNotices } from '#libs/postgres';
import { KEY_BYTES } from '#libs/platform';
import { useDatabase } from '#libs/testing';
import { CustomerKeyRepository, DESTROYED_KEY_CHANNEL } from './customer-key.repository.js';

const [oldKey, newKey] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)];
const ADA = { tenant: 'acme', customerId: 'ada' };
const NAMESAKE = { tenant: 'other', customerId: 'ada' };

const database = await useDatabase();

describe('the keys of customers', () => {
  const repository = (keys = [oldKey]) => new CustomerKeyRepository(database.prisma, keys);
  const keyOf = async (customer = ADA, keys = [oldKey]) =>
    (await repository(keys).keysOf([customer])).get(nameOfCustomer(customer))!;

  it('are made once, by however many at the same time', async () => {
    const customers = Array.from({ length: 200 }, (_, n) => ({ tenant: 'acme', customerId: `c-${n % 50}` }));
    const found = await Promise.all(Array.from({ length: 8 }, () => repository().keysOf(customers)));
    for (const name of customers.map(nameOfCustomer))
      expect(new Set(found.map((keys) => keys.get(name)?.keyId)).size).toBe(1);
    const sealed = found.map((keys) =>
      keys.get(nameOfCustomer(customers[0]!))!.sealer.sealComparably('text', ''),
    );
    expect(new Set(sealed).size).toBe(1);
  });

  it('hold ids of every kind', async () => {
    const customers = ['"', "'", '\\', '{a,b}', 'NULL', '', '€', 'a'.repeat(1_000)].map((customerId) => ({
      tenant: 'acme',
      customerId,
    }));
    const keys = await repository().keysOf(customers);
    expect(keys.size).toBe(customers.length);
  });

  it('are found by id, and destroyed ones as such', async () => {
    const [ada, namesake] = [await keyOf(), await keyOf(NAMESAKE)];
    const unknown = '01234567-89ab-7def-8123-456789abcdef';
    expect(await repository().tenantsOf('ada')).toEqual(['acme', 'other']);
    expect(await repository().destroy(ADA)).toBe(true);
    expect(await repository().destroy(ADA)).toBe(false);
    const found = await repository().keysById([ada.keyId, namesake.keyId, unknown]);
    expect([found.get(ada.keyId), found.has(unknown)]).toEqual(['forgotten', false]);
    expect(found.get(namesake.keyId)).toMatchObject({ tenant: 'other' });
    expect((await keyOf()).keyId).not.toBe(ada.keyId);
  });

  it('tell every process when they are destroyed', async () => {
    const { keyId } = await keyOf({ tenant: 'acme', customerId: 'to be forgotten' });
    const notices = new DatabaseNotices({ url: database.url, timeoutMs: 5_000 });
    const heard: (string | undefined)[] = [];
    const began = new Promise<void>((resolve) => {
      notices.listen(DESTROYED_KEY_CHANNEL, (payload) => {
        heard.push(payload);
        resolve();
      });
    });
    notices.onApplicationBootstrap();
    await began;
    await repository().destroy({ tenant: 'acme', customerId: 'to be forgotten' });
    for (let tries = 0; heard.length < 2 && tries < 200; tries++)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await notices.onApplicationShutdown();
    expect(heard).toEqual([undefined, keyId]);
  });

  it('are encrypted under a new key, and the old one can go', async () => {
    const before = (await keyOf()).sealer.sealComparably('text', 'owner');
    await expect(repository([newKey]).check()).rejects.toThrow('PERSONAL_DATA_KEY');
    await expect(repository([newKey]).keysOf([ADA])).rejects.toThrow('PERSONAL_DATA_KEY');
    expect(await repository([newKey, oldKey]).rewrap()).toBeGreaterThan(50);
    await repository([newKey]).check();
    expect((await keyOf(ADA, [newKey])).sealer.open(before, 'owner')).toBe('text');
    await expect(repository([oldKey]).check()).rejects.toThrow('PERSONAL_DATA_KEY');
    // One that cannot be read hides no other.
    const { keyId } = await keyOf(ADA, [newKey]);
    expect((await repository([oldKey]).keysById([keyId])).size).toBe(0);
  });
});
