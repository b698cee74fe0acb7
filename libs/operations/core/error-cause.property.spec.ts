import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { causeOf } from './error-cause.js';

const octet = fc.nat(255);
/** Details of which each occurrence of one cause has its own. */
const DETAILS = {
  id: fc.uuid(),
  time: fc
    .date({ noInvalidDate: true, min: new Date(0), max: new Date('2099-01-01') })
    .map((at) => at.toISOString()),
  position: fc.tuple(fc.nat(99), fc.nat()).map(([partition, offset]) => `orders/${partition}@${offset}`),
  address: fc
    .tuple(octet, octet, octet, octet, fc.integer({ min: 1, max: 65_535 }))
    .map(([a, b, c, d, port]) => `${a}.${b}.${c}.${d}:${port}`),
  host: fc.integer({ min: 1, max: 65_535 }).map((port) => `shop.example.com:${port}`),
  number: fc.nat().map(String),
  token: fc.integer({ min: 10_000, max: 99_999 }).map((n) => `ch_3Nabc${n}`),
};
const WORDS = fc.constantFrom('authorize', 'fetch failed', 'no answer from', 'refused', 'of', 'ECONNREFUSED');

/** An error with places for details, and two ways to fill these. */
const twins = fc
  .array(fc.tuple(WORDS, fc.constantFrom(...(Object.keys(DETAILS) as (keyof typeof DETAILS)[]))), {
    minLength: 1,
    maxLength: 5,
  })
  .chain((parts) => {
    const filled = fc
      .tuple(...parts.map(([word, detail]) => DETAILS[detail].map((text) => `${word} ${text}`)))
      .map((texts) => texts.join(' '));
    return fc.tuple(filled, filled);
  });

describe('the cause of an error', () => {
  itForAll('is the same for all that differ in details only', [twins], ([one, other]) => {
    expect(causeOf(one)).toBe(causeOf(other));
  });

  itForAll(
    'is its own cause, short and never empty',
    [fc.string({ unit: 'binary', maxLength: 700 })],
    (error) => {
      const cause = causeOf(error);
      expect(causeOf(cause)).toBe(cause);
      expect(cause.length).toBeGreaterThan(0);
      expect(cause.length).toBeLessThanOrEqual(200);
    },
  );

  it.each([
    ['status 503', 'status 503'],
    ['authorize: connect ECONNREFUSED 127.0.0.1:40213', 'authorize: connect ECONNREFUSED <address>'],
    ['550 5.1.1 no such mailbox: ada@example.com', '550 # no such mailbox: <mail address>'],
    ["550 <o'neill&sons@b\u00fccher.example>: jos\u00e9@example.com", '550 <<mail address>>: <mail address>'],
    ['fetch of https://shop.example.com:8443/hook failed', 'fetch of https://shop.example.com/hook failed'],
    ['connection-refused', 'connection-refused'],
    ['', 'unknown'],
  ])('keeps what tells causes apart: %j', (error, cause) => expect(causeOf(error)).toBe(cause));
});
