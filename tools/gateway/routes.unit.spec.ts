import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { appFor, decidingPath } from './routes.mjs';

describe('the routes of the gateway', () => {
  it.each([
    ['GET', '/v1/orders', undefined, 'query-api'],
    ['HEAD', '/docs', undefined, 'query-api'],
    ['POST', '/v1/orders', undefined, 'command-api'],
    ['OPTIONS', '/v1/orders', 'GET', 'query-api'],
    ['OPTIONS', '/v1/orders', 'POST', 'command-api'],
    ['GET', '/v1/webhook-subscriptions/1', undefined, 'webhook-api'],
    ['POST', '/v1/portal-links', undefined, 'webhook-api'],
    ['GET', '/v1/operations/overview', undefined, 'operations-api'],
    ['GET', '/console', undefined, 'console'],
    ['DELETE', '/v1/session', undefined, 'console'],
    ['GET', '/metrics', undefined, undefined],
    ['GET', '/health/ready', undefined, undefined],
  ])('lead %s %s to its app', (method, path, preflightOf, app) => {
    expect(appFor({ method, path, preflightOf })).toBe(app);
  });

  it.each([
    ['/v1/orders?path=/metrics', '/v1/orders'],
    ['/%6detrics', '/metrics'],
    ['/%6Detrics%2f', '/metrics/'],
    ['//metrics', '/metrics'],
    ['/v1//./orders/..%2Foperations/', '/v1/operations/'],
    ['/metrics#x', '/metrics'],
    ['/v1/%3fa', '/v1/?a'],
    ['/a%2fb/..', '/a/'],
    ['/%256detrics', '/%6detrics'],
    ['/', '/'],
    ['https://elsewhere/health?a', '/health'],
    ['http://elsewhere', '/'],
    ['/../health', undefined],
    ['/%2e%2e/health', undefined],
    ['/%zz', undefined],
    ['/a%00', undefined],
    ['*', undefined],
    ['elsewhere/health', undefined],
    ['', undefined],
  ])('go by the path of %s as nginx reads it', (target, path) => {
    expect(decidingPath(target)).toBe(path);
  });

  it('lead to all apps that nginx knows', () => {
    const upstreams = readFileSync(join(process.cwd(), 'tools/gateway/upstreams.conf'), 'utf8');
    const known = [...upstreams.matchAll(/^upstream (\w+)/gm)].map(([, name = '']) =>
      name.replaceAll('_', '-'),
    );
    const paths = ['/v1/orders', '/v1/event-types', '/v1/operations/log', '/console/'];
    const found = paths.flatMap((path) => ['GET', 'POST'].map((method) => appFor({ method, path })));
    expect([...new Set(found)].toSorted()).toEqual(known.toSorted());
  });
});
