import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { InMemoryKeys, sealedInMemory } from '#libs/personal-data/testing';
import { EVERY_TENANT } from '#libs/platform';
import { PersonalData } from './personal-data.js';
import { FORGOTTEN_TEXT } from './sealed-text.js';

const wellFormed = fc.string({ unit: 'binary' });
/** Texts that look like JSON, like what is sealed, or like both, are texts as well. */
const awkward = fc.oneof(
  wellFormed,
  fc.json(),
  fc.constantFrom('"', '\\', '\\"', '{"sealed":"x"}', 'sealed.', FORGOTTEN_TEXT),
);
const address = fc.dictionary(awkward, awkward, { minKeys: 1, maxKeys: 5 });
const parts = fc.record({
  email: fc.option(awkward),
  name: fc.option(awkward),
  shippingAddress: fc.option(address),
});

const opened = async (
  personalData: PersonalData,
  value: unknown,
  reader: string | typeof EVERY_TENANT = 'acme',
) => JSON.parse(await personalData.open(JSON.stringify(value), reader)) as unknown;

describe('personal data', () => {
  itForAll('is sealed, and opened again for its tenant', [parts, wellFormed], async (clear, customerId) => {
    const personalData = sealedInMemory();
    const sealed = await personalData.sealed('acme', customerId, clear);
    for (const text of [clear.email, clear.name].filter((value) => value !== null && value.length > 8))
      expect(JSON.stringify(sealed)).not.toContain(JSON.stringify(text).slice(1, -1));
    // `__proto__` is a name like any other, which only JSON makes as such.
    const plain = JSON.parse(JSON.stringify(clear)) as unknown;
    expect(await opened(personalData, sealed)).toEqual(plain);
    expect(await opened(personalData, sealed, EVERY_TENANT)).toEqual(plain);
    expect(await opened(personalData, sealed, 'other')).toEqual(sealed);
  });

  itForAll(
    'is opened in JSON that is a text of JSON',
    [parts, fc.integer({ min: 1, max: 3 })],
    async (clear, levels) => {
      const personalData = sealedInMemory();
      const nested = (value: unknown, left: number): unknown =>
        left === 0 ? value : nested({ body: JSON.stringify(value) }, left - 1);
      const sealed = await personalData.sealed('acme', 'c-1', clear);
      let innermost = await opened(personalData, nested(sealed, levels));
      for (let left = levels; left > 0; left--)
        innermost = JSON.parse((innermost as { readonly body: string }).body) as unknown;
      expect(innermost).toEqual(JSON.parse(JSON.stringify(clear)));
    },
  );

  itForAll(
    'is a token: the same for the same text of the same customer',
    [wellFormed, wellFormed],
    async (one, other) => {
      const personalData = sealedInMemory();
      const seal = async (customerId: string, name: string) =>
        (await personalData.sealed('acme', customerId, { name })).name;
      const token = await seal('c-1', one);
      expect(await seal('c-1', one)).toBe(token);
      expect((await seal('c-1', other)) === token).toBe(one === other);
      expect(await seal('c-2', one)).not.toBe(token);
    },
  );

  itForAll(
    'seals equal addresses equally, whichever line comes first',
    [address],
    async (shippingAddress) => {
      const personalData = sealedInMemory();
      const reversed = Object.fromEntries(Object.entries(shippingAddress).toReversed());
      const seal = (value: typeof shippingAddress) =>
        personalData.sealed('acme', 'c-1', { shippingAddress: value });
      expect(await seal(reversed)).toEqual(await seal(shippingAddress));
    },
  );

  itForAll(
    'is gone once the customer is forgotten, and nobody else’s is',
    [parts, parts],
    async (clear, others) => {
      const keys = new InMemoryKeys();
      const personalData = sealedInMemory(keys);
      const sealed = await personalData.sealed('acme', 'c-1', clear);
      const [namesake, neighbour] = [
        await personalData.sealed('other', 'c-1', others),
        await personalData.sealed('acme', 'c-2', others),
      ];
      await personalData.open(JSON.stringify(sealed), 'acme');
      personalData.forgotten(keys.destroy({ tenant: 'acme', customerId: 'c-1' }));
      expect(await opened(personalData, sealed)).toEqual({
        email: clear.email === null ? null : FORGOTTEN_TEXT,
        name: clear.name === null ? null : FORGOTTEN_TEXT,
        shippingAddress: clear.shippingAddress === null ? null : {},
      });
      expect(await opened(personalData, neighbour)).toEqual(JSON.parse(JSON.stringify(others)));
      expect(await opened(personalData, namesake, 'other')).toEqual(JSON.parse(JSON.stringify(others)));
    },
  );

  itForAll(
    'that somebody has made up or changed stays as it is',
    [fc.uuid(), wellFormed],
    async (keyId, text) => {
      const personalData = sealedInMemory();
      const { name } = await personalData.sealed('acme', 'c-1', { name: text });
      const made = `sealed.${keyId}.v1.${'A'.repeat(60)}`;
      const changed = `${name.slice(0, -4)}${name.slice(-4) === 'AAAA' ? 'BBBB' : 'AAAA'}`;
      const document = { made, changed, map: { sealed: name }, other: ' sealed.' };
      // An address is never made of what was sealed as a text.
      expect(await opened(personalData, document)).toEqual(document);
    },
  );

  it('is left as it is without a key', async () => {
    const personalData = new PersonalData(null);
    const clear = { email: 'ada@example.com', name: null };
    expect(await personalData.sealed('acme', 'c-1', clear)).toBe(clear);
    expect(personalData.open('{"name":"Ada"}', 'acme')).toBe('{"name":"Ada"}');
  });

  it('costs nothing where there is none', async () => {
    const keys = new InMemoryKeys();
    const personalData = sealedInMemory(keys);
    const clear = { email: null, shippingAddress: null };
    expect(await personalData.sealed('acme', 'c-1', clear)).toBe(clear);
    expect(personalData.open('{"name":"Ada","note":"sealed.envelope"}', 'acme')).toContain('envelope');
    expect(keys.questions).toBe(0);
  });

  it('is opened at once when its key is in memory', async () => {
    const personalData = sealedInMemory();
    const sealed = JSON.stringify(await personalData.sealed('acme', 'c-1', { name: 'Ada' }));
    await personalData.open(sealed, 'acme');
    expect(personalData.open(sealed, 'acme')).toBe('{"name":"Ada"}');
  });

  it('takes no time in a text of backslashes', () => {
    const began = process.cpuUsage().user;
    const text = `{"a":"${'\\'.repeat(200_000)}", "b":"sealed.0"}`;
    expect(sealedInMemory().open(text, 'acme')).toBe(text);
    expect(process.cpuUsage().user - began).toBeLessThan(5_000_000);
  });
});
