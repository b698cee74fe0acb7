import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { OAuthTokens } from './oauth-tokens.js';

describe('access tokens for Kafka', () => {
  let server: Server;
  let now: number;
  let asked: { readonly form: string; readonly user: string | undefined }[];
  let answer: object;
  let tokens: OAuthTokens;
  beforeEach(async () => {
    now = 1_000_000;
    asked = [];
    answer = { access_token: 'first', token_type: 'Bearer', expires_in: 100 };
    server = createServer((request, response) => {
      void text(request).then((form) => {
        asked.push({ form, user: request.headers.authorization });
        const isRefused = 'error' in answer;
        response.writeHead(isRefused ? 401 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(answer));
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    tokens = new OAuthTokens(
      {
        mechanism: 'oauthbearer',
        tokenUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
        clientId: 'orders',
        clientSecret: 's:ecret',
        scope: 'kafka',
        audience: 'brokers',
      },
      () => now,
    );
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  it('are asked for with the credentials of the client, once for all who wait', async () => {
    expect(await Promise.all([tokens.current(), tokens.current()])).toEqual(['first', 'first']);
    const user = `Basic ${Buffer.from('orders:s%3Aecret').toString('base64')}`;
    expect(asked).toEqual([{ form: expect.any(String), user }]);
    expect(Object.fromEntries(new URLSearchParams(asked[0]?.form))).toEqual({
      grant_type: 'client_credentials',
      scope: 'kafka',
      audience: 'brokers',
    });
  });

  it('are kept for most of their time, and then replaced', async () => {
    await tokens.current();
    now += 79_000;
    answer = { access_token: 'second', token_type: 'Bearer', expires_in: 100 };
    expect(await tokens.current()).toBe('first');
    now += 2_000;
    expect(await tokens.current()).toBe('second');
  });

  it('are asked for again after a refusal', async () => {
    answer = { error: 'invalid_client' };
    await expect(tokens.current()).rejects.toThrow();
    answer = { access_token: 'first', token_type: 'Bearer', expires_in: 100 };
    expect(await tokens.current()).toBe('first');
  });
});
