import { KeyLookups, TooManyLookupsError } from './key-lookups.js';
import type { ApiKeyOwner } from './api-keys.js';

describe('look-ups of API keys', () => {
  let asked: (readonly string[])[];
  let answer: (() => void)[];
  const store = {
    findByHashes: (hashes: readonly string[]) => {
      asked.push(hashes);
      return new Promise<ReadonlyMap<string, ApiKeyOwner>>((resolve) => {
        const known = hashes.filter((hash) => hash.startsWith('known'));
        answer.push(() => resolve(new Map(known.map((hash) => [hash, { keyId: hash, tenant: 't' }]))));
      });
    },
  };
  beforeEach(() => {
    asked = [];
    answer = [];
  });
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('are one question at a time, for all that have come meanwhile', async () => {
    const lookups = new KeyLookups(store, 100);
    const first = lookups.ownerOf('known-1');
    const rest = ['known-2', 'guess', 'known-2', 'known-1'].map((hash) => lookups.ownerOf(hash));
    answer.shift()?.();
    expect(await first).toMatchObject({ keyId: 'known-1' });
    await settled();
    answer.shift()?.();
    expect((await Promise.all(rest)).map((owner) => owner?.keyId)).toEqual([
      'known-2',
      undefined,
      'known-2',
      'known-1',
    ]);
    expect(asked).toEqual([['known-1'], ['known-2', 'guess']]);
  });

  it('are refused when too many wait, and possible again later', async () => {
    const lookups = new KeyLookups(store, 2);
    const waiting = ['a', 'b', 'c'].map((hash) => lookups.ownerOf(hash));
    await expect(lookups.ownerOf('d')).rejects.toBeInstanceOf(TooManyLookupsError);
    for (let n = 0; n < 2; n++) {
      answer.shift()?.();
      await settled();
    }
    await Promise.all(waiting);
    const later = lookups.ownerOf('known');
    answer.shift()?.();
    expect(await later).toBeDefined();
  });

  it('fail those who asked when the store fails, and nobody after them', async () => {
    let fails = true;
    const lookups = new KeyLookups(
      { findByHashes: async () => (fails ? Promise.reject(new Error('away')) : new Map()) },
      10,
    );
    const both = await Promise.allSettled([lookups.ownerOf('a'), lookups.ownerOf('b')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await lookups.ownerOf('a')).toBeUndefined();
  });
});
