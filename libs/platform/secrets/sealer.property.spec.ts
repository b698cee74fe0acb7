import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { KEY_BYTES, Sealer, UnsealableError } from './sealer.js';

const [oldKey, newKey] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)];
const sealer = new Sealer([oldKey]);
const wellFormed = fc.string({ unit: 'binary' });

describe('what is sealed', () => {
  itForAll(
    'is opened again, for the same owner only',
    [wellFormed, fc.string(), fc.string()],
    (text, owner, other) => {
      const sealed = sealer.seal(text, owner);
      expect(sealer.open(sealed, owner)).toBe(text);
      expect(sealed).not.toBe(sealer.seal(text, owner));
      if (other !== owner) expect(() => sealer.open(sealed, other)).toThrow(UnsealableError);
    },
  );

  itForAll(
    'can be compared, if wanted: the same text of the same owner is sealed the same, and no other is',
    [wellFormed, wellFormed, fc.string(), fc.string()],
    (text, otherText, owner, other) => {
      const sealed = sealer.sealComparably(text, owner);
      expect(sealer.open(sealed, owner)).toBe(text);
      expect(sealed).toBe(sealer.sealComparably(text, owner));
      if (text !== otherText) expect(sealed).not.toBe(sealer.sealComparably(otherText, owner));
      if (owner !== other) expect(sealed).not.toBe(sealer.sealComparably(text, other));
    },
  );

  it('cannot be changed', () => {
    const sealed = Buffer.from(sealer.seal('text', 'owner').slice(3), 'base64url');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index]! ^= 1;
      expect(() => sealer.open(`v1.${changed.toString('base64url')}`, 'owner')).toThrow(UnsealableError);
    }
  });

  it.each(['', 'v1.', 'v1.AAAA', 'plain text', 'v2.AAAA'])('is not "%s"', (text) => {
    expect(() => new Sealer([oldKey]).open(text, 'owner')).toThrow(UnsealableError);
  });

  it('outlives a change of keys as long as the old one is named', () => {
    const sealed = new Sealer([oldKey]).seal('text', 'owner');
    const both = new Sealer([newKey, oldKey]);
    expect(both.open(sealed, 'owner')).toBe('text');
    expect(() => new Sealer([newKey]).open(sealed, 'owner')).toThrow(UnsealableError);
    expect(new Sealer([newKey]).open(both.seal('text', 'owner'), 'owner')).toBe('text');
  });
});

describe('a fingerprint', () => {
  it('is the same for the same text and key', () => {
    fc.assert(
      fc.property(wellFormed, wellFormed, (a, b) => {
        expect(sealer.fingerprint(a) === sealer.fingerprint(b)).toBe(a === b);
      }),
    );
    expect(new Sealer([newKey]).fingerprint('a')).not.toBe(sealer.fingerprint('a'));
  });
});

it('nothing is sealed without a key', () => {
  expect(() => new Sealer([]).seal('text', 'owner')).toThrow('WEBHOOK_ENCRYPTION_KEY');
  expect(() => new Sealer([]).fingerprint('text')).toThrow('WEBHOOK_ENCRYPTION_KEY');
});
