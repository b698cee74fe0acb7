import fc from 'fast-check';
import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { EARLIEST_INSTANT, formatInstant, type Instant, LATEST_INSTANT } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { pageEndTime, PageTokens } from './paging.js';
import { ProblemException } from './problem.js';

const tokens = new PageTokens({ at: pageEndTime, n: z.int32().min(0), name: storableText(0, 1_000) });
const ends = fc.record({
  at: fc.integer({ min: EARLIEST_INSTANT, max: LATEST_INSTANT }).map((time) => time as Instant),
  n: fc.nat(),
  name: fc.string({ unit: 'grapheme' }),
});
const textOf = ({ at, ...rest }: { at: Instant; n: number; name: string }): string =>
  tokens.encode({ at: formatInstant(at), ...rest });

function refusal(token: string): unknown {
  try {
    return tokens.decode(token);
  } catch (error) {
    if (!(error instanceof ProblemException)) throw error;
    return [error.status, error.errors?.[0]?.pointer];
  }
}
const REFUSED = [400, '/pageToken'];
const tokenOf = (json: string): string => Buffer.from(json).toString('base64url');

describe('a page token', () => {
  it.each([
    ['a text that Postgres does not have', z.string()],
    ['a number too high for a column', z.int()],
    [
      'half a number',
      z
        .number()
        .min(0)
        .max(2 ** 31),
    ],
  ])('is of no shape that takes %s', (_, shape) => {
    expect(() => new PageTokens({ place: shape })).toThrow('place');
  });

  it('comes back as what it was made of', () => {
    fc.assert(fc.property(ends, (end) => expect(tokens.decode(textOf(end))).toEqual(end)));
    expect(tokens.decode(undefined)).toBeUndefined();
  });

  const edit = fc.record({ at: fc.nat(), drop: fc.nat(2), add: fc.string({ maxLength: 2 }) });
  itForAll(
    'is refused where a character is another, missing or too many, unless it is whole again',
    [ends, edit],
    (end, { at, drop, add }) => {
      const text = textOf(end);
      const index = at % (text.length + 1);
      const edited = text.slice(0, index) + add + text.slice(index + drop);
      const found = refusal(edited);
      if (Array.isArray(found)) expect(found).toEqual(REFUSED);
      // There is one text for each end: it is another page, and nothing worse.
      else expect(textOf(found as Parameters<typeof textOf>[0])).toBe(edited);
    },
  );

  const whole = '"at":"2026-01-31T12:00:00.000Z","n":1,"name":"x"';
  it('is taken in this one spelling', () => {
    expect(refusal(tokenOf(`[1,{${whole}}]`))).toMatchObject({ n: 1, name: 'x' });
  });

  it.each([
    ['nothing', ''],
    ['no base64', 'ü'],
    ['other base64', `${tokenOf(`[1,{${whole}}]`)}==`],
    ['no JSON', tokenOf('[1,')],
    ['another version', tokenOf(`[2,{${whole}}]`)],
    ['no list', tokenOf('null')],
    ['a list too long', tokenOf(`[1,{${whole}},1]`)],
    ['spaces', tokenOf(`[1, {${whole}}]`)],
    ['a field too many', tokenOf(`[1,{${whole},"more":1}]`)],
    ['a field twice', tokenOf(`[1,{${whole},"n":2}]`)],
    ['a field too few', tokenOf('[1,{"at":"2026-01-31T12:00:00.000Z","n":1}]')],
    ['a key of another kind', tokenOf(`[1,{${whole},"__proto__":{}}]`)],
    ['a number out of range', tokenOf(`[1,{${whole.replace('1,', '1000000000000000,')}}]`)],
    ['another spelling of a number', tokenOf(`[1,{${whole.replace('"n":1', '"n":1e3')}}]`)],
    ['a negative zero', tokenOf(`[1,{${whole.replace('"n":1', '"n":-0')}}]`)],
    ['a number as text', tokenOf(`[1,{${whole.replace('"n":1', '"n":"1"')}}]`)],
    ['another spelling of a time', tokenOf(`[1,{${whole.replace('.000Z', 'Z')}}]`)],
    ['a time that no store can hold', tokenOf(`[1,{${whole.replace('2026', '0000')}}]`)],
    [
      'bytes that are no text',
      Buffer.from(`[1,{${whole.replace('x', '\xff')}}]`, 'latin1').toString('base64url'),
    ],
  ])('is refused with %s', (_, token) => expect(refusal(token)).toEqual(REFUSED));
});
