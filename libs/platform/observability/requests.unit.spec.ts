import { Logger } from '@nestjs/common';
import { fastify } from 'fastify';
import { register } from 'prom-client';
import { observeRequests } from './requests.js';

describe('the log of a refused request', () => {
  const lines: unknown[] = [];

  beforeAll(() => {
    const keep = (...line: unknown[]) => void lines.push(line);
    Logger.overrideLogger({ log: keep, error: keep, warn: keep, debug: keep });
  });
  afterAll(() => {
    Logger.overrideLogger(new Logger());
    register.clear();
  });

  it('has its path, and neither query nor headers', async () => {
    const app = fastify();
    observeRequests(app, { logLevel: 'trace' });
    const headers = { authorization: 'Bearer hidden', cookie: 'session=hidden' };
    await app.inject({ url: '/v1/orders/42?token=hidden&customer=hidden', headers });
    // Somebody has pasted it where an id belongs.
    await app.inject({ url: `/v1/orders/os_${'hidden'.repeat(7)}x/events`, headers });
    await app.close();
    expect(JSON.stringify(lines)).toContain('"path":"/v1/orders/42"');
    expect(JSON.stringify(lines)).toContain('"path":"/v1/orders/[redacted]/events"');
    expect(JSON.stringify(lines)).not.toContain('hidden');
  });
});
