import { emailSchema } from './email.schema.js';

const isAccepted = (text: string): boolean => emailSchema.safeParse(text).success;

describe('an e-mail address', () => {
  it.each([
    'ada@example.com',
    'ada.lovelace+tea@mail.example.co.uk',
    "!#$%&'*+/=?^_`{|}~-@example.com",
    '"ada lovelace"@example.com',
    String.raw`"a\"b@c"@example.com`,
    'jörg@müller.example',
    'δοκιμή@παράδειγμα.δοκιμή',
    '用户@例子.广告',
    'अजय@डाटा.भारत',
    'квіточка@пошта.укр',
    'user@xn--e1afmkfd.xn--p1ai',
    'ada@1and1.com',
    'ada@example.c1',
    `${'a'.repeat(64)}@example.com`,
    `${'用'.repeat(21)}@例子.广告`,
    '👋🏽@example.com',
  ])('is %s', (text) => expect(isAccepted(text)).toBe(true));

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@example',
    'ada@@example.com',
    'a b@example.com',
    'ada@exa mple.com',
    '.ada@example.com',
    'ada.@example.com',
    'a..b@example.com',
    'ada@.example.com',
    'ada@example.com.',
    'ada@example..com',
    'ada@-example.com',
    'ada@example-.com',
    'ada@127.0.0.1',
    'ada@[127.0.0.1]',
    'ada@exa_mple.com',
    'ada@example.com\nBcc: eve@example.com',
    'ada\u0000@example.com',
    'ada\u2028@example.com',
    'ada\ud800@example.com',
    'ada@\ud800.com',
    'ada@xn--.com',
    '<ada@example.com>',
    'Ada <ada@example.com>',
    'mailto:ada@example.com',
    `${'a'.repeat(65)}@example.com`,
    `${'用'.repeat(22)}@例子.广告`,
    `a@${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.com`,
  ])('is not %j', (text) => expect(isAccepted(text)).toBe(false));

  it('is checked in linear time', () => {
    for (const text of [
      'a'.repeat(319) + '@',
      `${'a.'.repeat(150)}@a`,
      `a@${'a-'.repeat(150)}`,
      `"${'\\"'.repeat(150)}`,
    ])
      expect(isAccepted(text)).toBe(false);
  });
});
