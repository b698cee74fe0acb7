import { loggedError } from './logged-error.js';
import { redactSecrets } from './redact-secrets.js';

describe('what the log shows of an error', () => {
  it('is its stack, its code and its causes', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'ECONNRESET' });
    expect(loggedError(new Error('outer', { cause }))).toEqual({
      type: 'Error',
      message: 'outer',
      stack: expect.stringContaining('logged-error.unit.spec'),
      cause: { type: 'TypeError', message: 'inner', code: 'ECONNRESET', stack: expect.any(String) },
    });
  });

  it('is nothing else that a library has hung onto it', () => {
    let error: Error & { input?: string };
    try {
      error = new Error(new URL('postgresql//u:hidden@host').href);
    } catch (thrown) {
      error = thrown as Error & { input?: string };
    }
    expect(error.input).toContain('hidden');
    expect(JSON.stringify(loggedError(error))).not.toContain('hidden');
    const request = Object.assign(new Error('failed'), { config: { headers: { authorization: 'hidden' } } });
    expect(JSON.stringify(loggedError(request))).not.toContain('hidden');
  });

  it('ends where causes are a ring, and says what is no error', () => {
    const ring = new Error('ring');
    ring.cause = ring;
    expect(JSON.stringify(loggedError(ring)).length).toBeLessThan(20_000);
    expect(loggedError('text')).toEqual({ type: 'string', message: 'text' });
    expect(loggedError(undefined)).toEqual({ type: 'undefined', message: 'undefined' });
  });

  it('is each of several errors', () => {
    const several = new AggregateError([new Error('a'), new Error('b')], 'none answers');
    expect(loggedError(several).errors?.map(({ message }) => message)).toEqual(['a', 'b']);
  });
});

describe('a text without its secrets', () => {
  it.each([
    [
      'at postgresql://orderstream:hidden@db:5432/orders failed',
      'at postgresql://[redacted]@db:5432/orders failed',
    ],
    ['at https://user:hid@den@host/path', 'at https://[redacted]@host/path'],
    ['GET https://host/hook?token=hidden&a=hidden failed', 'GET https://host/hook?[redacted] failed'],
    ['to http://a/b?hidden#c, then ftp://u:hidden@d', 'to http://a/b?[redacted]#c, then ftp://[redacted]@d'],
    ['authorization: Bearer hidden', 'authorization: [redacted]'],
    ['{"Authorization":"Basic hidden"}', '{"Authorization":"[redacted]"}'],
    ['cookie: session=hidden; more=hidden', 'cookie: [redacted]'],
    ['sent Bearer os_hidden.-_~+/=', 'sent Bearer [redacted]'],
    ['connect with password=hidden sslmode=off', 'connect with password=[redacted] sslmode=off'],
    [`the key os_${'h'.repeat(43)} is not known`, 'the key [redacted] is not known'],
    ['signed by whsec_hidden/+=', 'signed by [redacted]'],
  ])('%s', (text, expected) => expect(redactSecrets(text)).toBe(expected));

  it.each([
    'orders/3@17 cannot be read',
    'http://127.0.0.1:8080/v1/orders answered 503',
    'mail to somebody@example.com',
    'Unexpected token } in JSON at position 3',
  ])('is the same where there is none: %s', (text) => expect(redactSecrets(text)).toBe(text));

  it('takes no time to speak of, whatever the text', () => {
    for (const part of ['a://', 'a:', '?', '@', 'Bearer ', 'authorization: ', 'password=', 'os_', 'x']) {
      const began = process.cpuUsage();
      redactSecrets(part.repeat(1_000_000));
      expect(process.cpuUsage(began).user / 1_000).toBeLessThan(3_000);
    }
  });

  it.each(['a-', 'a.', 'a://', '://?', '://@'])(
    'is found in one pass, also in a text of nothing but %s',
    (part) => {
      const text = `${part.repeat(6_000)}=`;
      const began = process.cpuUsage();
      for (let n = 0; n < 20; n++) redactSecrets(text);
      expect(process.cpuUsage(began).user / 1_000).toBeLessThan(3_000);
    },
  );
});
