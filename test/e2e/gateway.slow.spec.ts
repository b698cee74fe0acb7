import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, fetch } from 'undici';
import { CertificateFolder } from '#libs/platform/testing';
import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { makeTestDirectory } from '#libs/testing';
import {
  type EmbeddedServer,
  nginx,
  runCli,
  startApp,
  startGateway,
} from '../../tools/launcher/embedded.mjs';
import { Authority } from '../../tools/launcher/secure/certificates.mjs';
import { eventually, serversOfSharedSystem, someOrder } from './system.fixture.js';

const isInstalled = nginx() !== undefined;
if (!isInstalled) process.stderr.write('SKIPPED: nginx is not installed (apt-get install nginx)\n');

const UPSTREAMS = {
  command_api: ['command-api', 'command-api'],
  query_api: ['query-api', 'query-api'],
  webhook_api: ['webhook-api', 'webhook-api'],
  operations_api: ['operations-api'],
  console: ['console'],
} as const;
type App = keyof typeof UPSTREAMS;
const WORKERS = 8;

const appCertificates = await CertificateFolder.use();

(isInstalled ? describe : describe.skip)('the gateway', () => {
  const authority = Authority.make({ name: 'ours', days: 1 });
  let gateway: EmbeddedServer;
  let projector: EmbeddedServer;
  let key: string;
  let agent: Agent;
  const apps = {} as Record<App, EmbeddedServer[]>;

  beforeAll(async () => {
    const servers = await serversOfSharedSystem();
    const directory = await makeTestDirectory('gateway');
    const { settings: tls, caFile } = appCertificates;
    const env = { ...servers, ...tls, HTTP_TLS_CA_FILE: caFile, HTTP_TRUSTED_PROXIES: '127.0.0.1' };
    await runCli({ args: ['deploy'], env, logFile: join(directory, 'deploy.log') });
    const start = (name: string, index: number) =>
      startApp({
        env,
        logFile: join(directory, `${name}-${index}.log`),
        program: `dist/apps/${name}/src/main.js`,
      });
    for (const [app, names] of Object.entries(UPSTREAMS))
      apps[app as App] = await Promise.all(names.map(start));
    projector = await start('projector', 0);
    const certifies = await authority;
    gateway = await startGateway({
      directory: join(directory, 'nginx'),
      appsCaFile: caFile,
      certificate: await certifies.certify({ name: 'gateway', hosts: ['127.0.0.1'], days: 1 }),
      upstreams: Object.fromEntries(
        Object.entries(apps).map(([app, running]) => [app, running.map(({ url }) => new URL(url).host)]),
      ),
    });
    agent = new Agent({ allowH2: true, connect: { ca: certifies.pem } });
    const prisma = makePrisma({ url: servers.DATABASE_URL, poolSize: 1, timeoutMs: 5_000 });
    ({ key } = await new ApiKeyRepository(prisma).create({
      tenant: `gateway-${randomUUID()}`,
      name: 'test',
    }));
    await prisma.$disconnect();
  });
  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    await Promise.all([projector, ...Object.values(apps).flat()].map((app) => app?.stop()));
  });

  interface Sent {
    readonly method?: string;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }
  const send = (path: string, { headers, ...more }: Sent = {}) =>
    fetch(`${gateway.url}${path}`, {
      ...more,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      dispatcher: agent,
    });
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    send(path, { method: 'POST', body: JSON.stringify(body), headers });

  it.each([
    ['command-api', 'POST', '/v1/orders', 400],
    ['query-api', 'GET', '/v1/orders', 200],
    ['query-api', 'GET', '/v1/stock', 200],
    ['webhook-api', 'GET', '/v1/event-types', 200],
    ['webhook-api', 'GET', '/v1/webhook-subscriptions', 200],
    ['operations-api', 'GET', '/v1/operations/overview', 403],
    ['console', 'GET', '/v1/session/options', 200],
    ['console', 'GET', '/console/', 200],
    ['nobody', 'GET', '/metrics', 404],
    ['nobody', 'GET', '/health/ready', 404],
  ])('asks %s for %s %s', async (_, method, path, status) => {
    const answer = await send(path, { method, ...(method === 'POST' && { body: '{}' }) });
    expect(answer.status).toBe(status);
    await answer.body?.cancel();
  });

  it('keeps the id of a request, and gives one to those without', async () => {
    const [own, none] = await Promise.all([
      send('/v1/orders', { headers: { 'x-request-id': 'mine' } }),
      send('/v1/orders'),
    ]);
    expect(own.headers.get('x-request-id')).toBe('mine');
    expect(none.headers.get('x-request-id')).toMatch(/^[\da-f]{32}$/);
  });

  it('refuses what is too large for the apps, as they do, and takes a batch that they take', async () => {
    const tooLarge = await post('/v1/orders', { ...someOrder(), padding: 'x'.repeat(1_100_000) });
    expect([tooLarge.status, await tooLarge.json()]).toEqual([
      413,
      expect.objectContaining({ code: 'body-too-large' }),
    ]);
    const orders = Array.from({ length: 1_000 }, () => ({
      ...someOrder(),
      metadata: { note: 'x'.repeat(1_000) },
    }));
    const batch = await post('/v1/orders/batch', orders);
    expect(batch.status).toBe(200);
    await batch.body?.cancel();
  });

  it('sends events of a stream on at once', async () => {
    const stream = await send('/v1/events/stream?from=beginning', {
      headers: { accept: 'text/event-stream' },
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    const made = (await (await post('/v1/orders', someOrder())).json()) as { orderId: string };
    let text = '';
    while (!text.includes(made.orderId)) text += (await reader?.read())?.value ?? '';
    await reader?.cancel();
  });

  describe.each(['kill', 'restart'] as const)(
    'on a %s of each app, one after the other, under load',
    (how) => {
      it('fails no request but those that the process had', async () => {
        const failed = { query: 0, unkeyed: 0, keyed: 0 };
        const done = { query: 0, unkeyed: 0, keyed: 0 };
        const keys: string[] = [];
        let isOver = false;
        const count = (kind: keyof typeof done, isOk: boolean) => void (isOk ? done : failed)[kind]++;
        const work = async () => {
          while (!isOver) {
            const query = await send('/v1/orders?limit=1');
            count('query', query.status === 200);
            await query.body?.cancel();
            const unkeyed = await post('/v1/orders', someOrder());
            count('unkeyed', unkeyed.status === 201);
            await unkeyed.body?.cancel();
            const idempotencyKey = randomUUID();
            await eventually(async () => {
              const keyed = await post('/v1/orders', someOrder(), { 'idempotency-key': idempotencyKey });
              await keyed.body?.cancel();
              expect(keyed.status).toBe(201);
            });
            keys.push(idempotencyKey);
            count('keyed', true);
            const settings = await send('/v1/event-types');
            count('query', settings.status === 200);
            await settings.body?.cancel();
          }
        };
        const workers = Array.from({ length: WORKERS }, work);
        for (const app of ['command_api', 'query_api', 'webhook_api'] as const) {
          await sleep(2_000);
          const victim = apps[app][0];
          await (how === 'kill' ? victim?.kill9() : victim?.stop());
          await sleep(4_000);
          await victim?.restart();
        }
        isOver = true;
        await Promise.all(workers);
        process.stdout.write(`${how}: ${JSON.stringify({ done, failed })}\n`);
        expect(failed.query).toBe(0);
        expect(failed.unkeyed).toBeLessThanOrEqual(how === 'kill' ? WORKERS : 0);
        expect(new Set(keys).size).toBe(done.keyed);
      });
    },
  );
});
