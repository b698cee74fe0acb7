import type { FastifyReply } from 'fastify';
import { loadSettings } from '../../settings/settings.js';
import { csrfTokenOf, requireCsrfToken, requireOwnOrigin } from './forgery.js';
import { SessionCookie } from './session-cookie.js';
import { makeSessionToken } from './sessions.js';

describe('the cookie of a session', () => {
  const lines = (
    settings: Record<string, string>,
    act: (cookie: SessionCookie, reply: FastifyReply) => void,
  ) => {
    const set: unknown[] = [];
    const reply = { header: (_: string, line: unknown) => set.push(line) } as unknown as FastifyReply;
    act(new SessionCookie(loadSettings(settings)), reply);
    return set;
  };
  const inAMinute = () => new Date(Date.now() + 60_000);

  it.each([
    [{}, 'console', 'orderstream_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict'],
    [{}, 'portal', 'orderstream_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict'],
    [
      { PUBLIC_URL: 'https://orders.example' },
      'console',
      '__Host-orderstream_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure',
    ],
    [
      { PUBLIC_URL: 'https://orders.example', PORTAL_FRAME_ANCESTORS: 'https://shop.example' },
      'portal',
      '__Host-orderstream_session=t; Path=/; Max-Age=60; HttpOnly; SameSite=None; Secure; Partitioned',
    ],
  ] as const)('with %j, for the %s, is %s', (settings, use, line) => {
    expect(lines(settings, (cookie, reply) => cookie.set(reply, 't', inAMinute(), use))).toEqual([line]);
  });

  it('is removed as it was set', () => {
    const removed = (settings: Record<string, string>) =>
      lines(settings, (cookie, reply) => cookie.clear(reply));
    expect(removed({})).toEqual(['orderstream_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict']);
    expect(removed({ PORTAL_FRAME_ANCESTORS: 'https://shop.example' })).toHaveLength(2);
  });

  it('counts without an Authorization header only, under its own name', () => {
    const cookie = new SessionCookie(loadSettings({}));
    const secure = new SessionCookie(loadSettings({ PUBLIC_URL: 'https://orders.example' }));
    expect(cookie.tokenOf({ cookie: 'a=b; orderstream_session=t; c=d' })).toBe('t');
    expect(cookie.tokenOf({ cookie: 'orderstream_session=t', authorization: '' })).toBeUndefined();
    for (const other of ['x_orderstream_session=t', 'orderstream_session=', 'orderstream_session="t"', ''])
      expect(cookie.tokenOf({ cookie: other })).toBeUndefined();
    expect(secure.tokenOf({ cookie: 'orderstream_session=t' })).toBeUndefined();
    expect(secure.tokenOf({ cookie: '__Host-orderstream_session=t' })).toBe('t');
  });
});

describe('a request by cookie', () => {
  const token = makeSessionToken();
  const csrf = csrfTokenOf(token);
  const host = 'orders.example';

  it('that changes something needs the token of its session', () => {
    const send = (method: string, headers: Record<string, string>) => () =>
      requireCsrfToken({ method, headers: { host, ...headers } }, token, undefined);
    for (const method of ['GET', 'HEAD', 'OPTIONS']) expect(send(method, {})).not.toThrow();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'get']) {
      expect(send(method, { 'x-csrf-token': csrf })).not.toThrow();
      for (const wrong of [
        {},
        { 'x-csrf-token': '' },
        { 'x-csrf-token': token },
        { 'x-csrf-token': `${csrf}x` },
      ])
        expect(send(method, wrong as Record<string, string>)).toThrow('csrfToken');
      expect(send(method, { 'x-csrf-token': csrf, origin: 'https://evil.example' })).toThrow(
        'another origin',
      );
    }
  });

  it.each([
    [undefined, {}, true],
    [undefined, { origin: 'http://orders.example' }, true],
    [undefined, { origin: 'https://orders.example' }, true],
    [undefined, { origin: 'https://orders.example:444' }, false],
    [undefined, { origin: 'null' }, false],
    [undefined, { origin: 'garbage' }, false],
    [undefined, { 'sec-fetch-site': 'same-origin' }, true],
    [undefined, { 'sec-fetch-site': 'none' }, true],
    [undefined, { 'sec-fetch-site': 'same-site' }, false],
    [undefined, { 'sec-fetch-site': 'cross-site', origin: 'https://orders.example' }, false],
    ['https://orders.example/', { origin: 'https://orders.example' }, true],
    ['https://orders.example/', { origin: 'http://orders.example' }, false],
    ['https://public.example/', { origin: 'https://public.example' }, true],
    ['https://public.example/', { origin: 'https://orders.example' }, false],
    ['http://127.0.0.1:8080', { origin: 'http://orders.example' }, true],
  ] as const)('with PUBLIC_URL %s and %j comes from a page of ours: %s', (publicUrl, headers, isOurs) => {
    const check = () => requireOwnOrigin({ headers: { host, ...headers } }, publicUrl);
    if (isOurs) expect(check).not.toThrow();
    else expect(check).toThrow('another origin');
  });
});
