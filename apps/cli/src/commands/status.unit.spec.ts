import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { jest } from '@jest/globals';
import { statusCommand } from './status.js';

describe('orderstream status with a key that may not see it', () => {
  let server: Server;
  let answered: number;
  beforeAll(async () => {
    server = createServer((_, response) => {
      response.writeHead(answered).end(JSON.stringify({ detail: 'This needs the scope operator.' }));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(() => {
    process.exitCode = undefined;
    jest.restoreAllMocks();
  });

  const said = async (status: number) => {
    answered = status;
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await statusCommand().parseAsync(['--url', url, '--api-key', 'k'], { from: 'user' });
    expect(process.exitCode).toBe(1);
    return write.mock.calls.map(([text]) => String(text)).join('');
  };

  it.each([401, 403])('says how to make one: %d', async (status) => {
    expect(await said(status)).toMatch(
      /scope operator\. Make a key with ".* keys create .*--scopes operator/,
    );
  });

  it('says nothing of keys when something else is wrong', async () => {
    expect(await said(503)).not.toContain('keys create');
  });
});
