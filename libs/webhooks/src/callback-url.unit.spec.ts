import { checkCallbackUrl, isPublicAddress } from './index.js';

describe('callback URL', () => {
  it.each([
    'https://example.com/hook?x=1',
    'https://example.com:8443/hook',
    'https://8.8.8.8/hook',
    'https://[2606:4700::1111]/hook',
  ])('takes %s', (url) => {
    expect(checkCallbackUrl(url, false)).toMatchObject({ ok: true });
  });

  it.each([
    'http://example.com/hook',
    'ftp://example.com/hook',
    '/hook',
    'https://user:pass@example.com/',
    'https://localhost/hook',
    'https://api.localhost./hook',
    'https://127.0.0.1/hook',
    // The same address in the spellings that URL parsers accept.
    'https://2130706433/hook',
    'https://0x7f.1/hook',
    'https://10.1.2.3/hook',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/hook',
    'https://[::ffff:10.0.0.1]/hook',
    `https://example.com/${'x'.repeat(2_048)}`,
  ])('refuses %s', (url) => {
    expect(checkCallbackUrl(url, false)).toMatchObject({
      ok: false,
      problem: { code: 'callback-url-refused' },
    });
  });

  it('takes http and the own network where that is allowed, and still no other protocol', () => {
    expect(checkCallbackUrl('http://127.0.0.1:3000/hook', true).ok).toBe(true);
    expect(checkCallbackUrl('https://[::1]/hook', true).ok).toBe(true);
    expect(checkCallbackUrl('file:///etc/passwd', true).ok).toBe(false);
  });
});

describe('public address', () => {
  it.each(['1.1.1.1', '2606:4700:4700::1111'])('%s is public', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '192.168.1.1',
    '192.0.2.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '64:ff9b::a00:1',
    '2002:a00:1::',
    '2001::1',
    'fc00::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    'example.com',
    '',
  ])('%s is not', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
