import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Agent, fetch } from 'undici';
import { makeTestDirectory } from '#libs/testing';
import { type EmbeddedServer, nginx, startGateway } from '../launcher/embedded.mjs';
import { Authority } from '../launcher/secure/certificates.mjs';

if (!nginx()) process.stderr.write('SKIPPED: nginx is not installed (apt-get install nginx)\n');

(nginx() ? describe : describe.skip)('a request that no process answers', () => {
  let gateway: EmbeddedServer;
  let app: Server;
  let agent: Agent;
  let had = 0;

  beforeAll(async () => {
    const directory = await makeTestDirectory('lost-requests');
    const authority = await Authority.make({ name: 'ours', days: 1 });
    const appsCaFile = join(directory, 'ca.pem');
    writeFileSync(appsCaFile, authority.pem);
    const certificate = await authority.certify({ name: 'app', hosts: ['127.0.0.1', 'localhost'], days: 1 });
    // Takes a request, and dies of it.
    app = createServer(certificate, (request) => {
      request.resume().once('end', () => {
        had++;
        request.socket.destroy();
      });
    }).listen(0, '127.0.0.1');
    await once(app, 'listening');
    const dying = `127.0.0.1:${(app.address() as AddressInfo).port}`;
    // Nobody listens below the ports that systems give out.
    const away = ['127.0.0.1:1029', '127.0.0.1:1031'];
    gateway = await startGateway({
      directory: join(directory, 'nginx'),
      appsCaFile,
      certificate,
      upstreams: {
        command_api: away,
        query_api: [dying],
        webhook_api: [dying],
        operations_api: away,
        console: away,
      },
    });
    agent = new Agent({ connect: { ca: authority.pem } });
  });
  afterAll(async () => {
    await agent?.close();
    await gateway?.stop();
    app?.closeAllConnections();
    app?.close();
  });

  const codeOf = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(`${gateway.url}${path}`, {
      method,
      headers,
      ...(method === 'POST' && { body: '{}' }),
      dispatcher: agent,
    });
    const { code } = (await answer.json()) as { code: string };
    return [answer.status, answer.headers.get('retry-after'), code];
  };

  it.each([{}, { 'idempotency-key': 'k' }])(
    'has changed nothing where none was reached: %j',
    async (headers) => {
      expect(await codeOf('POST', '/v1/orders', headers)).toEqual([503, '1', 'unavailable']);
      // All of them count as failed now, and none is tried.
      expect(await codeOf('POST', '/v1/orders', headers)).toEqual([503, '1', 'unavailable']);
    },
  );

  it('may have taken effect where one had it', async () => {
    const before = had;
    expect(await codeOf('POST', '/v1/webhook-subscriptions')).toEqual([503, '1', 'outcome-unknown']);
    expect(had).toBe(before + 1);
  });

  it('has changed nothing if it was a query', async () => {
    expect(await codeOf('GET', '/v1/orders')).toEqual([503, '1', 'unavailable']);
  });
});
