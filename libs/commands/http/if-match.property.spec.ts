import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { parseIfMatch } from './if-match.js';

describe('If-Match', () => {
  it.each<[string, unknown]>([
    ['*', 'any'],
    [' * ', 'any'],
    ['"1"', 1],
    [' "17" ', 17],
    ['"1", "2"', [1, 2]],
    [',"1",, "2" ,', [1, 2]],
    // Weak tags match nothing, and neither does what is no version of ours.
    ['W/"1"', []],
    ['W/"1", "2"', 2],
    ['"0"', []],
    ['"01"', []],
    ['"1.0"', []],
    ['"-1"', []],
    ['""', []],
    ['"a,b"', []],
    ['"a,b", "3"', 3],
    ['"9999999999999999999"', []],
    ['"ä"', []],
  ])('of %s asks for %j', (value, expected) => expect(parseIfMatch(value)).toEqual(expected));

  it.each([
    '',
    ' ',
    ',',
    '1',
    '"1',
    '1"',
    'w/"1"',
    'W/ "1"',
    'W/1',
    '"1" "2"',
    '"1";"2"',
    '*, "1"',
    '"1", *',
    '"a b"',
    '"a"b"',
  ])('is malformed as %j', (value) => expect(parseIfMatch(value)).toBeUndefined());

  const tag = fc.record({ weak: fc.boolean(), opaque: fc.stringMatching(/^[!#-~]{0,10}$/) });
  itForAll('parses any list of entity tags', [fc.array(tag, { minLength: 1, maxLength: 10 })], (tags) => {
    const found = parseIfMatch(tags.map(({ weak, opaque }) => `${weak ? 'W/' : ''}"${opaque}"`).join(', '));
    const versions = tags.flatMap(({ weak, opaque }) =>
      !weak && /^[1-9]\d{0,14}$/.test(opaque) ? [Number(opaque)] : [],
    );
    expect([found].flat()).toEqual(versions);
  });
});
