import { randomBytes } from 'node:crypto';
import { RawClient } from '#libs/platform/testing';
import { SHARED_LIMITS, someOrder, useSharedSystem } from './system.fixture.js';

const BATCH = '/v1/orders/batch';
const JSON_TYPE = { 'content-type': 'application/json' };
const SIZED = { ...JSON_TYPE, 'content-length': '16777216' };
const CHUNKED = { ...JSON_TYPE, 'transfer-encoding': 'chunked' };

describe('requests without an API key', () => {
  const { system, client } = useSharedSystem();
  const open: RawClient[] = [];

  afterEach(() => {
    for (const each of open.splice(0)) each.close();
  });

  function connected(): RawClient {
    const made = RawClient.to(system.app.url);
    open.push(made);
    return made;
  }
  const guessed = () => ({ authorization: `Bearer os_${randomBytes(32).toString('base64url')}` });

  // The body is never sent, so a server that waits for it would never answer.
  it.each([
    ['no key', BATCH, SIZED, 401],
    ['no key, and a body without a length', BATCH, CHUNKED, 401],
    ['no key, and lines', BATCH, { ...SIZED, 'content-type': 'application/x-ndjson' }, 401],
    ['a key that was guessed', BATCH, { ...SIZED, ...guessed() }, 401],
    ['no key, and a wrong type', BATCH, { ...SIZED, 'content-type': 'text/plain' }, 401],
    ['a path that is not there', '/v1/nothing', SIZED, 404],
    ['a method that is not there', '/v1/stats/orders', CHUNKED, 405],
    ['the door of other processes', '/internal/forwarded-commands', SIZED, 404],
  ])('are answered before their body comes: %s', async (_, path, headers, status) => {
    const stranger = connected();
    stranger.send(path, headers);
    expect(await stranger.status()).toBe(status);
    expect(stranger.received).toMatch(/^connection: close/im);
    await stranger.closed();
  });

  it('do not get their body read, however much of it they send', async () => {
    const stranger = connected();
    stranger.send(BATCH, SIZED, '['.repeat(300_000));
    expect(await stranger.status()).toBe(401);
    stranger.write('['.repeat(300_000));
    await stranger.closed();
  });

  it('are not told to send what nobody will read', async () => {
    const stranger = connected();
    stranger.send(BATCH, { ...SIZED, expect: '100-continue' });
    expect(await stranger.status()).toBe(401);
    expect(stranger.received).not.toContain('100 Continue');
  });

  it('with one, a body that is waited for is asked for', async () => {
    const body = JSON.stringify(someOrder());
    const caller = connected();
    caller.send('/v1/orders', {
      ...JSON_TYPE,
      authorization: `Bearer ${client.apiKey}`,
      'content-length': String(body.length),
      expect: '100-continue',
    });
    await caller.received100();
    caller.write(body);
    expect(await caller.status()).toBe(201);
  });

  it('see what is public, and lose nothing but a connection by sending a body there', async () => {
    const stranger = connected();
    stranger.send('/health/live', CHUNKED, '1\r\nx\r\n', 'GET');
    expect(await stranger.status()).toBe(200);
    await stranger.closed();
    expect((await fetch(`${system.app.url}/openapi.json`)).status).toBe(200);
    expect((await fetch(`${system.app.url}/docs`)).status).toBe(200);
    expect((await fetch(`${system.app.url}/metrics`)).status).toBe(200);
    expect((await fetch(`${system.app.url}/problems/unauthorized`)).status).toBe(200);
  });

  it('cannot keep others out by connections', async () => {
    const quiet = Array.from({ length: SHARED_LIMITS.connectionsOfTenant + 30 }, connected);
    quiet[0]!.send(BATCH, SIZED);
    await Promise.all(quiet.slice(0, 20).map((each) => each.closed()));
    expect((await client.post('/v1/orders', someOrder())).status).toBe(201);
  });
});
