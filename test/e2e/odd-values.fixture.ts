import fc from 'fast-check';

const tokenOf = (json: string): string => Buffer.from(json).toString('base64url');

/** Text that has broken one parser or store or other. */
const ODD_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u202e\u2028',
  '\ufeff',
  '﷽'.repeat(50),
  '🍵'.repeat(60),
  'x'.repeat(250),
  'x'.repeat(3_000),
  '__proto__',
  'constructor',
  '../../etc/passwd',
  "'; drop table orders; --",
  '%00',
  '%s%n',
  'null',
  'true',
  '[]',
  '{}',
  'NaN',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e9',
  '1e400',
  '0x10',
  '٣',
  '501',
  '2147483648',
  '9007199254740993',
  '99999999999999999999',
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF',
];

const ODD_TIMES = [
  '2026-01-31T12:00:00+18:00',
  '2026-01-31T12:00:00-23:59',
  '2026-01-31T12:00:00.123456789012345678901234567890Z',
  '2026-01-31T24:00:00Z',
  '2026-02-30T00:00:00Z',
  '2016-12-31T23:59:60Z',
  '2026-01-31',
  '1969-12-31T23:59:59.999Z',
  '1970-01-01T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '0001-01-01T00:00:00+18:00',
  '9999-12-31T23:59:59.999999Z',
  '9999-12-31T23:59:59-18:00',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  'infinity',
  '-infinity',
  'epoch',
  'now',
];

const END = '"createdAt":"2026-01-31T12:00:00.000Z"';
const ID = '0197b2f0-0000-7000-8000-000000000000';
const DEAD = `"parkedAt":"2026-01-31T12:00:00.000Z","feedId":"${ID}"`;
const ODD_TOKENS = [
  tokenOf('[1,{"sku":"a\\u0000"}]'),
  tokenOf('[1,{"sku":"\\ud800"}]'),
  tokenOf('[1,{"fromVersion":1e15}]'),
  tokenOf('[1,{"fromVersion":-1}]'),
  tokenOf(`[1,{"createdAt":"0000-01-01T00:00:00.000Z","orderId":"${ID}"}]`),
  tokenOf(`[1,{${END},"orderId":"${ID}\\u0000"}]`),
  tokenOf(`[1,{${END},"replayId":"x"}]`),
  tokenOf(`[1,{${DEAD},"topic":"orders","partition":1000000000000000,"lane":""}]`),
  tokenOf(`[1,{${DEAD},"topic":"orders","partition":0,"lane":"a\\u0000"}]`),
  tokenOf(`[1,{${DEAD},"topic":"tea\\u0000","partition":0,"lane":""}]`),
  tokenOf('[1,null]'),
  tokenOf('[2,{}]'),
];

const ODD_HEADERS = [
  '*',
  '"1"',
  'W/"1"',
  '"1", "2"',
  '"1',
  'orders/0@999999999999999',
  'orders/999999999@0',
  '__proto__/0@0',
  'orders/0@0,'.repeat(200),
  'wait=99999999999999999999',
  'wait="',
  '00-00000000000000000000000000000000-0000000000000000-00',
  'é',
];

const oddTexts = fc.oneof(
  fc.constantFrom(...ODD_TEXTS, ...ODD_TIMES, ...ODD_TOKENS),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Odd in the way of what the parameter is for, as a rule. */
export function oddValuesOf(name: string): fc.Arbitrary<string> {
  const kind = /token|after/i.test(name) ? ODD_TOKENS : /from|to|asOf|created/i.test(name) ? ODD_TIMES : [];
  return kind.length === 0
    ? oddTexts
    : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...kind) }, oddTexts);
}

/** Header values: any Latin-1 text without control characters. */
export const oddHeaders = fc.oneof(
  fc
    .constantFrom(...ODD_HEADERS, ...ODD_TEXTS, ...ODD_TIMES, ...ODD_TOKENS)
    .map((text) => text.replaceAll(/[^\x20-\x7e\xa0-\xff]/g, '?').trim()),
  fc.stringMatching(/^[!-~]([ -~]{0,40}[!-~])?$/),
);

/** JSON texts, since `JSON.stringify` writes none of these numbers and no key twice. None contains a space. */
const ODD_JSON = String.raw`
  null true -0 0 -1 0.5 1e400 -1e400 1e-400 9007199254740993 1e21 [] {} [null] [[[[]]]] {"a":{"b":{"c":{}}}}
  "\ud800" "\udc00\ud800" {"\u0000":"x"} {"\ud800":1} {"a":1,"a":2} {"":""} {"toString":1} {"length":1}
  {"__proto__":{"x":1}} {"constructor":{"prototype":{}}} [{"time":"2026-01-31T12:00:00+18:00"}]
  {"time":"2026-01-31T12:00:00+18:00"} {"time":"1969-12-31T23:59:59Z"} {"time":"9999-12-31T23:59:59-18:00"}
  {"positions":["orders/0@999999999999999"]} {"positions":["__proto__/0@0"]} {"data.__proto__":[1e308,-0]}`
  .trim()
  .split(/\s+/);

export const oddJson = fc.oneof(
  oddTexts.map((text) => JSON.stringify(text)),
  fc.constantFrom(...ODD_JSON),
  fc.json({ maxDepth: 2 }),
);

/** Percent-encoded, halves of characters too, which a URL can hold though UTF-8 cannot. */
export const uriOf = (text: string): string =>
  encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ue000')).replaceAll('%EE%80%80', '%ED%A0%80');
