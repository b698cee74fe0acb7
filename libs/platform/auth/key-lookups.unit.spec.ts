import { TenantShareError } from '#libs/kernel';
import { KeyLookups } from './key-lookups.js';
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
    const first = lookups.find('known-1', 'a');
    const rest = ['known-2', 'guess', 'known-2', 'known-1'].map((hash) => lookups.find(hash, hash));
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
    const waiting = ['a', 'b', 'c'].map((hash) => lookups.find(hash, hash));
    await expect(lookups.find('d', 'd')).rejects.toEqual(new TenantShareError('all'));
    for (let n = 0; n < 2; n++) {
      answer.shift()?.();
      await settled();
    }
    await Promise.all(waiting);
    const later = lookups.find('known', 'a');
    answer.shift()?.();
    expect(await later).toBeDefined();
  });

  it('are taken in turns, so that a question of another address is among the next', async () => {
    const lookups = new KeyLookups(store, 1_000);
    const guesses = Array.from({ length: 400 }, (_, n) => lookups.find(`guess-${n}`, 'guesser'));
    const other = lookups.find('known', 'other');
    answer.shift()?.();
    await settled();
    expect(asked[1]).toHaveLength(200);
    expect(asked[1]).toContain('known');
    answer.shift()?.();
    expect(await other).toBeDefined();
    await settled();
    answer.shift()?.();
    await Promise.all(guesses);
  });

  it('of one address may fill no more than half, and it is told that it is its own fault', async () => {
    const lookups = new KeyLookups(store, 10);
    const guesses = Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => lookups.find(`guess-${n}`, 'guesser')),
    );
    const other = lookups.find('known', 'other');
    while (answer.length > 0) {
      answer.shift()?.();
      await settled();
    }
    const outcomes = await guesses;
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
    expect(outcomes.at(-1)).toEqual({ status: 'rejected', reason: new TenantShareError('tenant') });
    expect(await other).toBeDefined();
  });

  it('begin anew for a key that was forgotten while it was asked for', async () => {
    const lookups = new KeyLookups(store, 10);
    const before = lookups.find('known', 'a');
    lookups.forget('known');
    const after = lookups.find('known', 'a');
    answer.shift()?.();
    await before;
    await settled();
    // The answer of the first question does not end the second, which others may join.
    const joined = lookups.find('known', 'b');
    answer.shift()?.();
    await Promise.all([after, joined]);
    await settled();
    expect(asked).toEqual([['known'], ['known']]);
  });

  it('fail those who asked when the store fails, and nobody after them', async () => {
    let fails = true;
    const lookups = new KeyLookups(
      { findByHashes: async () => (fails ? Promise.reject(new Error('away')) : new Map()) },
      10,
    );
    const both = await Promise.allSettled([lookups.find('a', 'a'), lookups.find('b', 'a')]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    fails = false;
    expect(await lookups.find('a', 'a')).toBeUndefined();
  });
});
