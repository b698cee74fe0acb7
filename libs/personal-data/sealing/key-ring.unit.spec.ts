import { InMemoryKeys } from '#libs/personal-data/testing';
import { KeyRing } from './key-ring.js';

const ADA = { tenant: 'acme', customerId: 'ada' };

describe('the key ring', () => {
  it('asks once for a key that many wait for, and then not again', async () => {
    const keys = new InMemoryKeys();
    const ring = new KeyRing(keys);
    const found = await Promise.all(Array.from({ length: 50 }, async () => ring.keyOf(ADA)));
    expect(new Set(found).size).toBe(1);
    expect(ring.keyOf(ADA)).toBe(found[0]);
    await ring.load([found[0]!.keyId], 'acme');
    expect(ring.known(found[0]!.keyId)).toBe(found[0]);
    expect(keys.questions).toBe(1);
  });

  it('asks for all keys of a moment together', async () => {
    const keys = new InMemoryKeys();
    const ring = new KeyRing(keys);
    await Promise.all(
      Array.from({ length: 100 }, async (_, n) => ring.keyOf({ ...ADA, customerId: `c-${n}` })),
    );
    expect(keys.questions).toBeLessThanOrEqual(2);
  });

  it('remembers that there is no key of an id', async () => {
    const keys = new InMemoryKeys();
    const ring = new KeyRing(keys);
    await ring.load(['nobody'], 'acme');
    await ring.load(['nobody'], 'acme');
    expect([ring.known('nobody'), keys.questions]).toEqual([null, 1]);
  });

  it('gives a customer who was forgotten and comes back another key', async () => {
    const keys = new InMemoryKeys();
    const ring = new KeyRing(keys);
    const first = await ring.keyOf(ADA);
    ring.drop(keys.destroy(ADA));
    const second = await ring.keyOf(ADA);
    await ring.load([first.keyId, second.keyId], 'acme');
    expect(second.keyId).not.toBe(first.keyId);
    expect([ring.known(first.keyId), ring.known(second.keyId)]).toEqual(['forgotten', second]);
  });

  it('does not keep what the store said before a key was destroyed', async () => {
    const keys = new InMemoryKeys();
    const { keyId } = await new KeyRing(keys).keyOf(ADA);
    const ring = new KeyRing({
      keysOf: (customers) => keys.keysOf(customers),
      keysById: async (ids) => {
        const found = await keys.keysById(ids);
        // The notice comes while the answer is on its way.
        if (keys.destroy(ADA) !== undefined) ring.drop(keyId);
        return found;
      },
    });
    await ring.load([keyId], 'acme');
    expect(ring.known(keyId)).toBe('forgotten');
  });

  it('passes on that the store does not answer, and asks again later', async () => {
    const keys = new InMemoryKeys();
    let isAway = true;
    const ring = new KeyRing({
      keysOf: async (customers) => {
        if (isAway) throw new Error('away');
        return keys.keysOf(customers);
      },
      keysById: (ids) => keys.keysById(ids),
    });
    await expect(ring.keyOf(ADA)).rejects.toThrow('away');
    isAway = false;
    expect(await ring.keyOf(ADA)).toMatchObject({ tenant: 'acme' });
  });
});
