import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { HttpAdapterHost } from '@nestjs/core';
import Fastify, { type FastifyInstance } from 'fastify';
import { loadSettings } from '#libs/platform';

// For downloads only. Jest cannot load it from a module of the other kind, as Node does.
jest.mock('content-disposition', () => ({}));
const { ConsolePage } = await import('./console-page.js');

const SCRIPT = 'globalThis.loaded = true;';
const PAGE = '<meta name="csp-nonce" content="__CSP_NONCE__" /><p>console</p>';

describe('the page of the console', () => {
  let folder: string;
  let fastify: FastifyInstance;

  function serve(environment: Record<string, string> = {}): void {
    fastify = Fastify();
    const host = { httpAdapter: { getInstance: () => fastify } } as unknown as HttpAdapterHost;
    new ConsolePage(host, loadSettings(environment), folder).onModuleInit();
  }
  const policyOf = async (url: string) =>
    String((await fastify.inject(url)).headers['content-security-policy']);

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orderstream-page-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, 'assets', 'main-abc.js'), SCRIPT);
    await writeFile(join(folder, 'assets', 'main-abc.js.br'), 'compressed');
  });
  afterEach(async () => {
    await fastify.close();
    await rm(folder, { recursive: true });
  });

  it('is what every path leads to, each time with another nonce for its styles', async () => {
    serve();
    const nonces = new Set<string>();
    for (const url of [
      '/console',
      '/console/',
      '/console/orders/1?tab=story',
      '/console/portal',
      '/console/index.html',
    ]) {
      const { statusCode, headers, body } = await fastify.inject(url);
      const nonce = /content="([^"]+)"/.exec(body)?.[1] ?? '';
      nonces.add(nonce);
      expect([url, statusCode, body]).toEqual([url, 200, PAGE.replace('__CSP_NONCE__', nonce)]);
      expect(headers).toMatchObject({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-opener-policy': 'same-origin',
        'permissions-policy': expect.stringContaining('camera=()') as string,
      });
      expect(String(headers['content-security-policy']).split('; ')).toEqual([
        "default-src 'none'",
        "script-src 'self'",
        `style-src 'self' 'nonce-${nonce}'`,
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]);
    }
    expect([nonces.size, nonces.has('')]).toEqual([5, false]);
  });

  it('may be embedded where the setting says, as the portal only', async () => {
    serve({ PORTAL_FRAME_ANCESTORS: 'https://shop.example,http://127.0.0.1:3000' });
    for (const url of ['/console/portal', '/console/portal/deliveries', '/console/portal?color=0b7285'])
      expect(await policyOf(url)).toContain('frame-ancestors https://shop.example http://127.0.0.1:3000');
    for (const url of ['/console', '/console/portals', '/console/orders/portal'])
      expect(await policyOf(url)).toContain("frame-ancestors 'none'");
  });

  it('has assets that browsers keep for ever, compressed where they were built so, and nothing beside them', async () => {
    serve();
    const asset = await fastify.inject('/console/assets/main-abc.js');
    expect([asset.statusCode, asset.body]).toEqual([200, SCRIPT]);
    expect(asset.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': expect.stringContaining('javascript') as string,
      'x-content-type-options': 'nosniff',
    });
    const compressed = await fastify.inject({
      url: '/console/assets/main-abc.js',
      headers: { 'accept-encoding': 'br' },
    });
    expect([compressed.headers['content-encoding'], compressed.body]).toEqual(['br', 'compressed']);
    for (const path of ['none.js', '../index.html', '%2e%2e/index.html', '..%2f..%2f..%2fetc%2fpasswd', ''])
      expect([
        path,
        (await fastify.inject(`/console/assets/${path}`)).body.includes(PAGE.slice(-10)),
      ]).toEqual([path, path === '../index.html' || path === '%2e%2e/index.html']);
    expect((await fastify.inject('/console/assets/none.js')).statusCode).toBe(404);
  });

  it('says how it is built where it is not', async () => {
    await rm(join(folder, 'index.html'));
    serve();
    const { statusCode, headers, body } = await fastify.inject('/console');
    expect([statusCode, headers['content-type'], body]).toEqual([
      404,
      'text/plain; charset=utf-8',
      expect.stringContaining('npm run build:console'),
    ]);
  });
});
