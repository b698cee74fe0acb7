import {
  checkCallbackUrl,
  isPortRange,
  isQueryHidden,
  isSameOrigin,
  normalizedUrl,
  shownCallbackUrl,
  splitCallbackUrl,
  type TargetRules,
} from './callback-url.js';
import { isPublicAddress, isTargetPattern } from './target-address.js';

const PUBLIC_ONLY: TargetRules = {
  allowPrivateTargets: false,
  allowedTargets: [],
  allowedPorts: ['443', '1024-65535'],
};
const DEVELOPMENT: TargetRules = { ...PUBLIC_ONLY, allowPrivateTargets: true };
const CLOSED_NETWORK: TargetRules = {
  ...PUBLIC_ONLY,
  allowedTargets: ['10.1.0.0/16', '192.168.7.7', 'fd00:1::/32', 'hooks.internal', '*.corp.example'],
};

const REFUSED = 'callback-url-refused';
const detailOf = (url: string, rules: TargetRules): string => {
  const result = checkCallbackUrl(url, rules);
  return result.ok ? 'accepted' : `${result.problem.code}: ${result.problem.detail}`;
};

describe('callback URL', () => {
  it.each([
    'https://example.com/hook?x=1',
    'https://example.com:8443/hook',
    'https://example.com:1024/hook',
    'https://8.8.8.8/hook',
    'https://[2606:4700::1111]/hook',
  ])('accepts %s', (url) => expect(checkCallbackUrl(url, PUBLIC_ONLY)).toMatchObject({ ok: true }));

  it.each([
    ['/hook', 'must be an absolute URL'],
    ['http://example.com/hook', 'must begin with https://'],
    ['ftp://example.com/hook', 'must begin with https://'],
    ['https://user:pass@example.com/', 'must not contain a user name or password'],
    ['https://localhost/hook', 'must not point to a name of the local network'],
    ['https://127.0.0.1/hook', 'must not point to a loopback address'],
    ['https://169.254.169.254/latest/meta-data', 'must not point to a link-local address'],
    ['https://[::ffff:10.0.0.1]/hook', 'must not point to an IPv4 address inside IPv6'],
    ['https://example.com:22/hook', 'must not use port 22: allowed are 443, 1024-65535'],
    ['https://example.com:80/hook', 'must not use port 80: allowed are 443, 1024-65535'],
    [`https://example.com/${'x'.repeat(2_048)}`, 'must have at most 2048 characters'],
  ])('refuses %s, and says why', (url, detail) => {
    expect(detailOf(url, PUBLIC_ONLY)).toBe(`${REFUSED}: ${detail}`);
  });

  it('accepts http and private networks in development, but no other protocol', () => {
    expect(checkCallbackUrl('http://127.0.0.1:3000/hook', DEVELOPMENT).ok).toBe(true);
    expect(checkCallbackUrl('http://localhost:81/hook', DEVELOPMENT).ok).toBe(true);
    expect(checkCallbackUrl('https://[::1]/hook', DEVELOPMENT).ok).toBe(true);
    expect(checkCallbackUrl('file:///etc/passwd', DEVELOPMENT).ok).toBe(false);
    expect(checkCallbackUrl('http://me:secret@127.0.0.1/', DEVELOPMENT).ok).toBe(false);
  });

  it.each([
    'http://10.1.2.3/hook',
    'http://10.1.2.3:8080/hook',
    'https://192.168.7.7/hook',
    'https://[fd00:1::5]/hook',
    'http://hooks.internal/hook',
    'https://HOOKS.internal./hook',
    'https://orders.corp.example/hook',
  ])('accepts %s if it is listed', (url) => expect(detailOf(url, CLOSED_NETWORK)).toBe('accepted'));

  it.each([
    ['http://10.2.0.1/hook', 'must begin with https://'],
    ['https://10.2.0.1/hook', 'must not point to a private address'],
    ['https://192.168.7.8/hook', 'must not point to a private address'],
    ['https://other.internal/hook', 'must not point to a name of the local network'],
    ['http://corp.example/hook', 'must begin with https://'],
    ['https://10.1.2.3:22/hook', 'must not use port 22: allowed are 443, 1024-65535'],
    ['http://10.1.2.3:81/hook', 'must not use port 81: allowed are 443, 1024-65535, 80'],
  ])('refuses %s if others are listed', (url, detail) => {
    expect(detailOf(url, CLOSED_NETWORK)).toBe(`${REFUSED}: ${detail}`);
  });
});

describe('target rules', () => {
  it.each(['10.0.0.0/8', 'fd00::/8', '192.168.1.1', '::1', 'localhost', 'a-b.example.com', '*.example.com'])(
    '%s can be listed',
    (text) => expect(isTargetPattern(text)).toBe(true),
  );

  it.each(['', '10.0.0.0/40', 'https://example.com', '*', '*.', 'a b', 'example.com:443', 'a.*.com'])(
    '%p cannot be listed',
    (text) => expect(isTargetPattern(text)).toBe(false),
  );

  it.each(['443', '1', '1024-65535', '80-80'])('%s is a port or a range', (text) => {
    expect(isPortRange(text)).toBe(true);
  });

  it.each(['', '0', '70000', '9000-8000', '1-', '-1', '80,81', '1-65536', 'https'])('%p is neither', (text) =>
    expect(isPortRange(text)).toBe(false),
  );
});

describe('public address', () => {
  it.each(['1.1.1.1', '172.15.0.1', '172.32.0.1', '192.167.1.1', '2606:4700:4700::1111'])(
    '%s is public',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  const notPublic = `
      0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 168.63.129.16 169.254.169.254 172.16.0.1 192.168.1.1
      192.0.2.1 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 ::127.0.0.1 ::ffff:127.0.0.1 ::ffff:8.8.8.8
      64:ff9b::a00:1 64:ff9b:1::a00:1 2002:a00:1:: 2001::1 2001:db8::1 3fff::1 5f00::1 fc00::1
      fd00:ec2::254 fe80::1 fec0::1 ff02::1 example.com
  `;
  it.each(['', ...notPublic.trim().split(/\s+/)])('%j is not public', (address) =>
    expect(isPublicAddress(address)).toBe(false),
  );
});

describe('the query of a callback URL', () => {
  it.each([
    ['https://example.com/a', 'https://example.com/a', ''],
    ['https://example.com/a?', 'https://example.com/a', ''],
    ['https://example.com/a#f', 'https://example.com/a', ''],
    ['https://example.com/a?b=c', 'https://example.com/a', '?b=c'],
    ['https://example.com/a?b=c#f', 'https://example.com/a', '?b=c'],
    ['https://example.com?b=/c?d', 'https://example.com', '?b=/c?d'],
    ['https://example.com/a#f?b=c', 'https://example.com/a', ''],
    ['https://example.com/a\n?b\n=c', 'https://example.com/a\n', '?b\n=c'],
  ])('of %j is split off without the fragment, which is never sent', (text, callbackUrl, query) => {
    expect(splitCallbackUrl(text)).toEqual({ callbackUrl, query });
    const [{ host, pathname, search }, sent] = [new URL(text), new URL(callbackUrl + query)];
    expect(sent).toMatchObject({ host, pathname, search });
  });

  it('is not shown, and its placeholder is not accepted as a URL', () => {
    const shown = shownCallbackUrl(splitCallbackUrl('https://example.com/a?token=private'));
    expect(shown).toBe('https://example.com/a?…');
    for (const text of [shown, new URL(shown).href]) {
      expect(isQueryHidden(text)).toBe(true);
      expect(checkCallbackUrl(text, PUBLIC_ONLY)).toMatchObject({ ok: false });
    }
    expect(isQueryHidden('https://example.com/a?b=…')).toBe(false);
  });
});

it.each<[string, string, boolean]>([
  ['https://a.example/x', 'https://A.example:443/y?z', true],
  ['http://a.example', 'http://a.example:80', true],
  ['https://a.example', 'http://a.example', false],
  ['https://a.example', 'https://a.example:444', false],
  ['https://a.example', 'https://b.a.example', false],
  ['https://a.example', 'nonsense', false],
])('%s and %s have the same origin: %p', (a, b, isSame) => expect(isSameOrigin(a, b)).toBe(isSame));

it.each([
  ['HTTP://127.0.0.1:80/s#x', 'http://127.0.0.1/s'],
  ['http://127.0.0.1/./s#', 'http://127.0.0.1/s'],
  ['https://example.com', 'https://example.com/'],
  ['https://example.com/s?b=#x', 'https://example.com/s?b='],
  ['no URL', 'no URL'],
])('%p is normalised to %p', (text, normalized) => expect(normalizedUrl(text)).toBe(normalized));
