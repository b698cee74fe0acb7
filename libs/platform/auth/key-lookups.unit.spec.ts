import { KeyLookups, TooManyLookupsError } from './key-lookups.js';
import type { Principal } from './caller.js';
import { ALL_OF_A_TENANT } from './scopes.js';

describe('look-ups of API keys', () => {
  let asked: (readonly string[])[];
  let answer: (() => void)[];
  const store = {
    findByHashes: (hashes: readonly string[]) => {
      asked.push(hashes);
      return new Promise<ReadonlyMap<string, Principal>>((resolve) => {
        const known = hashes.filter((hash) => hash.startsWith('known'));
        answer.push(() =>
          resolve(
            new Map(known.map((hash) => [hash, { actor: hash, tenant: 't', scopes: ALL_OF_A_TENANT }])),
          ),
        );
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
    const first = lookups.principalOf('known-1');
    const rest = ['known-2', 'guess', 'known-2', 'known-1'].map((hash) => lookups.principalOf(hash));
    answer.shift()?.();
    expect(await first).toMatchObject({ actor: 'known-1' });
    await settled();
    answer.shift()?.();
    expect((await Promise.all(rest)).map((principal) => principal?.actor)).toEqual([
      'known-2',
      undefined,
      'known-2',
      'known-1',
    ]);
    expect(asked).toEqual([['known-1'], ['known-2', 'guess']]);
  });

  it('are refused when too many wait, and possible again later', async () => {
    const lookups = new KeyLookups(store, 2);
    const waiting = ['a', 'b', 'c'].map((hash) => lookups.principalOf(hash));
    await expect(lookups.principalOf('d')).rejects.toBeInstanceOf(TooManyLookupsError);
    for (let n = 0; n < 2; n++) {
      answer.shift()?.();
      await settled();
    }
    await Promise.all(waiting);
    const later = lookups.principalOf('known');
    answer.shift()?.();
    expect(await later).toBeDefined();
  });

  it('fail those who asked when the store fails, and nobody after them', async () => {
    let fails = true;
    const lookups = new KeyLookups(
      { findByHashes: async () => (fails ? Promise.reject(new Error('away')) : new Map()) },
      10,
    );
    const both = await Promise.allSettled([lookups.principalOf('a'), lookups.principalOf('b')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await lookups.principalOf('a')).toBeUndefined();
  });
});
