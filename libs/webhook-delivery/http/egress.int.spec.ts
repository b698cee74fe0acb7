import { lookup as systemLookup } from 'node:dns';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { checkCallbackUrl, type TargetRules } from '#libs/webhooks';
import { noSignal, PUBLIC_ONLY, requestFor, subscriptionTo } from '../testing/attempt-request.fixture.js';
import { DISGUISED, IMPOSSIBLE, PRIVATE_HOSTS, PUBLIC_HOSTS } from '../testing/target-hosts.fixture.js';
import { guardedLookup, type NameResolver, RefusedTargetError, targetConnector } from './target-connector.js';
import { UndiciWebhookClient } from './webhook-client.js';

const resolverOf = (ipv4: string[], ipv6: string[] = []): NameResolver => ({
  resolve4: () => Promise.resolve(ipv4),
  resolve6: () => (ipv6.length > 0 ? Promise.resolve(ipv6) : Promise.reject(new Error('ENODATA'))),
});

describe('private targets', () => {
  let server: Server;
  let connections: number;
  let port: number;
  let client: UndiciWebhookClient;

  beforeAll(async () => {
    server = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, resolve);
    });
    ({ port } = server.address() as AddressInfo);
    client = new UndiciWebhookClient({
      targets: PUBLIC_ONLY,
      connectTimeoutMs: 1_000,
      publicUrl: undefined,
    });
  });
  beforeEach(() => {
    connections = 0;
  });
  afterAll(async () => {
    await client.close();
    server.close();
  });

  it('are spelled here in more than forty ways', () => {
    expect(new Set(PRIVATE_HOSTS).size).toBeGreaterThanOrEqual(40);
  });

  it.each(PRIVATE_HOSTS)('%s is refused as a callback URL and as a connection', async (host) => {
    const url = `https://${host}:${port}/hook`;
    expect(checkCallbackUrl(url, PUBLIC_ONLY)).toMatchObject({
      ok: false,
      problem: {
        code: 'callback-url-refused',
        detail: expect.stringMatching(/^must not point to (?:an?|the) .+/),
      },
    });
    expect(await client.attempt(requestFor(subscriptionTo(url)), noSignal())).toEqual({
      outcome: 'failed',
      reason: 'private-target',
    });
    expect(connections).toBe(0);
  });

  it.each(DISGUISED)('%j is refused', async (url) => {
    expect(checkCallbackUrl(url, PUBLIC_ONLY)).toMatchObject({
      ok: false,
      problem: { code: 'callback-url-refused', detail: expect.stringMatching(/^must not /) },
    });
    const outcome = await client.attempt(requestFor(subscriptionTo(url)), noSignal());
    expect(outcome).toMatchObject({ outcome: 'failed', reason: 'private-target' });
  });

  it.each(IMPOSSIBLE)('%j is not a host', async (host) => {
    const url = `https://${host}/`;
    expect(checkCallbackUrl(url, PUBLIC_ONLY)).toMatchObject({
      problem: { detail: 'must be an absolute URL' },
    });
    const outcome = await client.attempt(requestFor(subscriptionTo(url)), noSignal());
    expect(outcome).toMatchObject({ outcome: 'failed' });
  });

  it.each(PUBLIC_HOSTS)('%s is not private', (host) => {
    expect(checkCallbackUrl(`https://${host}/hook`, PUBLIC_ONLY).ok).toBe(true);
  });

  it('are not reached over http or another port after the rules became stricter', async () => {
    const attempt = (url: string) => client.attempt(requestFor(subscriptionTo(url)), noSignal());
    expect(await attempt('http://example.com/')).toMatchObject({ reason: 'https-required' });
    expect(await attempt('https://example.com:25/')).toMatchObject({ reason: 'port-not-allowed' });
  });

  describe('behind a name', () => {
    const find = (resolver: NameResolver, rules: TargetRules = PUBLIC_ONLY) =>
      new Promise((resolve) => {
        guardedLookup(rules, resolver)('hooks.example.com', { all: true }, (error, found) =>
          resolve(error ?? found),
        );
      });

    it.each(
      PRIVATE_HOSTS.map((host) => new URL(`https://${host}/`).hostname.replace(/^\[|\]$/g, '')).filter(
        (address) => /^[\d.]+$|:/.test(address),
      ),
    )('%s is refused', async (address) => {
      const isIpv6 = address.includes(':');
      const refusal = await find(resolverOf(isIpv6 ? [] : [address], isIpv6 ? [address] : []));
      expect(refusal).toBeInstanceOf(RefusedTargetError);
      expect((refusal as Error).message).toBe(`hooks.example.com leads to ${address}, which is not public`);
    });

    it('are refused if only one of several addresses is private', async () => {
      expect(await find(resolverOf(['93.184.216.34', '10.0.0.7']))).toBeInstanceOf(RefusedTargetError);
      expect(await find(resolverOf(['93.184.216.34'], ['::1']))).toBeInstanceOf(RefusedTargetError);
    });

    it('are not the public ones, which are found, IPv4 first', async () => {
      expect(await find(resolverOf(['93.184.216.34'], ['2606:2800:220:1::1']))).toEqual([
        { address: '93.184.216.34', family: 4 },
        { address: '2606:2800:220:1::1', family: 6 },
      ]);
      expect(await find(resolverOf([]))).toMatchObject({ code: 'ENOTFOUND' });
    });

    /** The server closes every connection. */
    const connect = (rules: TargetRules, resolver: NameResolver) => {
      const connector = targetConnector(rules, 1_000, resolver);
      const target = { hostname: 'hooks.example.com', protocol: 'https:', port: String(port) };
      return new Promise((resolve) => {
        connector(target, (...[error]) => resolve(error));
      });
    };

    it('are not reached by a rebound name, because the checked address is the connected one', async () => {
      const answers = [['93.184.216.34'], ['127.0.0.1'], ['127.0.0.1']];
      const resolver = { ...resolverOf([]), resolve4: () => Promise.resolve(answers.shift() ?? []) };
      expect(await find(resolver)).toEqual([{ address: '93.184.216.34', family: 4 }]);
      expect(await connect(PUBLIC_ONLY, resolver)).toBeInstanceOf(RefusedTargetError);
      expect(connections).toBe(0);
      await connect({ ...PUBLIC_ONLY, allowedTargets: ['127.0.0.0/8'] }, resolver);
      expect(connections).toBe(1);
    });

    it('can be reached if the operator has listed the name', async () => {
      const rules = { ...PUBLIC_ONLY, allowedTargets: ['localhost'] };
      const found = await new Promise((resolve) => {
        guardedLookup(rules, resolverOf([]))('localhost', { all: true }, (error, addresses) =>
          resolve(error ?? addresses),
        );
      });
      const expected = await new Promise((resolve) => {
        systemLookup('localhost', { all: true }, (_, addresses) => resolve(addresses));
      });
      expect(found).toEqual(expected);
    });
  });
});
