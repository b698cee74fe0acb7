import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { until } from '#libs/kernel/testing';
import { makeTestDirectory } from '#libs/testing';
import { webhookSecretOf } from '#libs/webhooks';
import { listenCommand } from './listen.js';
import { usePrinted } from './printed.fixture.js';

const SECRET = webhookSecretOf(Buffer.alloc(32, 5));

interface Call {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly key: string | undefined;
  readonly body: string;
}

/** The part of the API that `listen` uses. */
class FakeApi {
  readonly calls: Call[] = [];
  status = 201;
  readonly server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const { method, url: path, headers } = request;
      this.calls.push({ method, path, key: headers.authorization, body });
      if (method === 'DELETE') response.writeHead(204).end();
      else response.writeHead(this.status).end(JSON.stringify(this.#answer()));
    });
  });

  async open(): Promise<void> {
    this.calls.length = 0;
    this.status = 201;
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    // Closing a server that is closed already fails, which is as good.
    await new Promise((resolve) => this.server.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  #answer(): object {
    return this.status === 201
      ? { subscriptionId: 'sub-1', secret: SECRET }
      : { detail: 'The API key is not known.' };
  }
}

describe('orderstream listen', () => {
  const api = new FakeApi();
  const printed = usePrinted({});

  beforeEach(() => api.open());
  afterEach(() => api.close());

  const run = (...args: string[]) => listenCommand().parseAsync(args, { from: 'user' });

  async function deliver(callbackUrl: string, secret: string): Promise<number> {
    const body = JSON.stringify({ eventType: 'order.created', version: 1, data: { orderId: 'order-1' } });
    const now = new Date();
    const { status } = await fetch(callbackUrl, {
      method: 'POST',
      body,
      headers: {
        'webhook-id': 'event-1',
        'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign('event-1', now, body),
        'orderstream-position': 'orders/3@17',
        'orderstream-attempt': '2',
      },
    });
    return status;
  }

  it('subscribes, shows each delivery with whether its signature is right, and unsubscribes at the end', async () => {
    const options = ['--event-types', 'order.*, webhook.test', '--from', 'beginning'];
    const running = run('--url', api.url, '--api-key', 'os_key', ...options);
    await until(() => printed.out.includes('Ctrl-C'));
    const { callbackUrl, ...asked } = JSON.parse(api.calls[0]!.body) as { callbackUrl: string };
    expect(asked).toEqual({ eventTypes: ['order.*', 'webhook.test'], startFrom: 'beginning' });
    expect(api.calls[0]).toMatchObject({
      method: 'POST',
      path: '/v1/webhook-subscriptions',
      key: 'Bearer os_key',
    });

    expect(await deliver(callbackUrl, SECRET)).toBe(204);
    expect(printed.out).toMatch(/order\.created +order-1 +v1 +orders\/3@17 +attempt 2 +signature ok\n/);
    expect(await deliver(callbackUrl, webhookSecretOf(Buffer.alloc(32, 6)))).toBe(401);
    expect(printed.out).toContain('SIGNATURE WRONG');

    process.emit('SIGTERM');
    await running;
    expect(api.calls.at(-1)).toMatchObject({ method: 'DELETE', path: '/v1/webhook-subscriptions/sub-1' });
    expect(process.exitCode).toBeUndefined();
  });

  describe('of the system that runs in this directory', () => {
    const cwd = process.cwd();
    const restarted = new FakeApi();

    beforeEach(async () => {
      process.chdir(await makeTestDirectory('listen'));
      mkdirSync('.orderstream');
      await restarted.open();
    });
    afterEach(async () => {
      process.chdir(cwd);
      await restarted.close();
    });
    const runningAt = (url: string) =>
      writeFileSync('.orderstream/running.json', JSON.stringify({ url, apiKey: 'os_key' }));

    it('unsubscribes where the system has been restarted at another address', async () => {
      runningAt(api.url);
      const running = run();
      await until(() => printed.out.includes('Ctrl-C'));
      await api.close();
      runningAt(restarted.url);
      process.emit('SIGINT');
      await running;
      expect(restarted.calls).toMatchObject([
        { method: 'DELETE', path: '/v1/webhook-subscriptions/sub-1', key: 'Bearer os_key' },
      ]);
      expect(printed.out).toContain('subscription sub-1 deleted');
    });

    it('unsubscribes from the system that it was told to use, where that is another one', async () => {
      runningAt(restarted.url);
      const running = run('--url', api.url, '--api-key', 'other_key');
      await until(() => printed.out.includes('Ctrl-C'));
      process.emit('SIGINT');
      await running;
      expect(api.calls.at(-1)).toMatchObject({ method: 'DELETE', key: 'Bearer other_key' });
      expect(restarted.calls).toEqual([]);
    });
  });

  it('says which subscription it could not delete', async () => {
    const running = run('--url', api.url, '--api-key', 'os_key');
    await until(() => printed.out.includes('Ctrl-C'));
    const { url } = api;
    await api.close();
    process.emit('SIGINT');
    await running;
    expect(printed.out).toContain('subscription sub-1 stays active, because it could not be deleted:');
    expect(printed.errors).toContain(`Nothing answers at ${url}`);
    expect(process.exitCode).toBe(1);
  });

  it('says that the key was refused', async () => {
    api.status = 401;
    await run('--url', api.url, '--api-key', 'wrong');
    expect(printed.errors).toContain('refused the API key: The API key is not known.');
    expect(process.exitCode).toBe(1);
  });

  it('says that nothing answers', async () => {
    await run('--url', 'http://127.0.0.1:1', '--api-key', 'key');
    expect(printed.errors).toContain('Nothing answers at http://127.0.0.1:1');
    expect(process.exitCode).toBe(1);
  });
});
