import { z } from 'zod';
import { receivedValue } from './received-value.js';
import { timeParameter } from './time-parameter.js';
import { invalidRequest, validationPipe } from './validation.js';

/** The errors that a body is answered with. */
async function errorsOf(schema: z.ZodType, body: unknown) {
  const problem = await validationPipe()
    .transform(body, { type: 'body', schema })
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  return (problem as ReturnType<typeof invalidRequest> | undefined)?.errors ?? [];
}

const detailOf = async (field: z.ZodType, value: unknown) =>
  (await errorsOf(z.strictObject({ field }), value === undefined ? {} : { field: value })).map(
    ({ pointer, detail }) => `${pointer}: ${detail}`,
  );

describe('a validation error', () => {
  const places = z.union([
    z.enum(['now', 'beginning']),
    z.strictObject({ time: timeParameter }),
    z.strictObject({ positions: z.array(z.string()).min(1) }),
  ]);
  const value = z.union([z.string().max(5), z.number(), z.boolean(), z.null()]);
  const condition = z.union([value, z.array(value).min(1)]);
  const TIME = 'an RFC 3339 time such as 2026-01-31T12:00:00Z';
  const PLACES = `"now", "beginning", {"time": ${TIME}} or {"positions": an array of strings}`;

  it.each<[string, z.ZodType, unknown, string[]]>([
    ['a missing string', z.string(), undefined, ['is required, and must be a string']],
    ['a wrong type', z.string(), 5, ['must be a string; received 5']],
    ['null', z.string(), null, ['must be a string; received null']],
    ['a fraction', z.int(), 1.5, ['must be a whole number; received 1.5']],
    ['another literal', z.literal(true), 'yes', ['must be true; received "yes"']],
    ['another option', z.enum(['a', 'b']), 'c', ['must be "a" or "b"; received "c"']],
    ['too short a text', z.string().min(1), '', ['must have at least 1 character; received ""']],
    ['too long a text', z.string().max(2), 'abc', ['must have at most 2 characters; received "abc"']],
    ['an empty list', z.array(z.string()).min(1), [], ['must have at least 1 item; received []']],
    ['too large a number', z.int().max(3), 4, ['must be at most 3; received 4']],
    ['too small a number', z.number().positive(), 0, ['must be more than 0; received 0']],
    ['a wrong id', z.uuid(), 'x', ['must be a UUID; received "x"']],
    ['a wrong text', z.string().regex(/^a+$/), 'b', ['must be text that matches /^a+$/; received "b"']],
    [
      "a message of the schema's own",
      timeParameter,
      'noon',
      [
        'must be a time of RFC 3339 in the years 1 to 9999 of UTC, such as 2026-01-31T12:00:00Z; received "noon"',
      ],
    ],
    ['a start', places, 'yesterday', [`must be ${PLACES}; received "yesterday"`]],
    ['a start without anything', places, {}, [`must be ${PLACES}; received {}`]],
    ['a missing start', places, undefined, [`is required, and must be ${PLACES}`]],
    [
      'an operator',
      condition,
      { $gt: 1 },
      ['must be a string, a number, true or false, null or an array of these; received {"$gt":1}'],
    ],
  ])('names the field, the accepted forms and what came: %s', async (_, field, sent, details) => {
    expect(await detailOf(field, sent)).toEqual(details.map((detail) => `/field: ${detail}`));
  });

  it('lists the known fields beside an unknown one', async () => {
    const schema = z.strictObject({ a: z.int().optional(), b: z.int().optional() });
    expect(await errorsOf(schema, { c: 1 })).toEqual([
      { pointer: '/c', detail: 'this field is not known; known fields are a, b' },
    ]);
  });

  it('says which keys a record takes', async () => {
    const record = z.record(z.string().startsWith('data.', 'must begin with data.'), z.int());
    expect(await errorsOf(record, { x: 1 })).toEqual([
      { pointer: '/x', detail: 'must begin with data.; received 1' },
    ]);
  });

  it('says what a selection may be when it is empty', async () => {
    const selection = z.union([
      z.strictObject({ ids: z.array(z.uuid()) }),
      z.strictObject({ from: timeParameter, to: timeParameter.optional() }),
      z.strictObject({ all: z.literal(true) }),
    ]);
    expect(await errorsOf(selection, {})).toEqual([
      {
        pointer: '',
        detail: `must be {"ids": an array of UUIDs}, {"from": ${TIME}} or {"all": true}; received {}`,
      },
    ]);
  });

  it('says so where a message is cut', () => {
    const [error] = invalidRequest([{ path: ['a'], message: 'x'.repeat(10_000), input: 1 }]).errors ?? [];
    expect(error?.detail).toMatch(/^x{100,}…; received 1$/);
  });

  it('repeats the value that a handler names', () => {
    const { errors } = invalidRequest([{ path: ['If-Match'], message: 'must be a tag', input: 'x' }]);
    expect(errors).toEqual([{ pointer: '/If-Match', detail: 'must be a tag; received "x"' }]);
  });
});

describe('a received value in an error', () => {
  it.each<[string, unknown, string]>([
    ['is cut', 'x'.repeat(1e6), `"${'x'.repeat(79)}…`],
    ['shows few members', Array.from({ length: 1e5 }, (_, index) => index), '[0,1,2,3,4,…]'],
    ['shows few levels', { a: { b: { c: { d: 1 } } } }, '{"a":{"b":{"c":…}}}'],
    ['is one line of visible characters', 'a\r\n\u202eb\u2028\0', '"a\\r\\n\\u202eb\\u2028\\u0000"'],
    ['has no halves of characters', `${'x'.repeat(78)}😀`, `"${'x'.repeat(78)}\\ud83d…`],
    ['hides secrets inside an object', { secret: 's3cr3t', a: 1 }, '{"secret":"[redacted]","a":1}'],
    ['hides tokens in addresses', 'https://me:pw@a.b/c?token=x', '"https://[redacted]@a.b/c?[redacted]"'],
  ])('%s', (_, value, shown) => expect(receivedValue(value)).toBe(shown));

  it.each([[['secret']], [['headers', 'x-a']], [['a', 'apiKey']]])('is left out under %j', (path) => {
    expect(receivedValue('s3cr3t', path)).toBeUndefined();
  });
});
