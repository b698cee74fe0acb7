import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { register } from 'prom-client';
import { appRoot } from '../run-app.js';
import { loadSettings } from '../settings/settings.js';
import { API_KEY, keyStore, KeysModule } from '../testing/http-app.fixture.js';
import { Readiness } from './readiness.js';

describe('whether an app is ready', () => {
  let app: NestFastifyApplication;
  let check: () => Promise<void> | void;

  let readiness: Readiness;

  beforeAll(async () => {
    const settings = loadSettings({ LOG_LEVEL: 'error', API_KEY_CACHE_MS: '1000' });
    const adapter = new FastifyAdapter();
    app = await NestFactory.create(appRoot(settings, [KeysModule]), adapter, { logger: false });
    readiness = app.get(Readiness);
    readiness.add('well', () => undefined);
    readiness.add('database', () => check());
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    register.clear();
  });

  async function ready(key?: string) {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    const { statusCode, body } = await app.inject({ url: '/health/ready', headers });
    return { statusCode, body };
  }
  const refuse = () => {
    throw new Error('connect ECONNREFUSED db.internal:5432 by postgresql://me:hidden@db.internal/orders');
  };

  const started = async () => (await app.inject({ url: '/health/started' })).statusCode;

  it('lets requests in once all parts were ready at once, and while one is away again', async () => {
    let isWarm = false;
    readiness.add('slow', () => {
      if (!isWarm) throw new Error('not yet');
    });
    check = () => undefined;
    expect(await started()).toBe(503);
    isWarm = true;
    check = refuse;
    expect(await started()).toBe(503);
    check = () => undefined;
    expect(await started()).toBe(200);
    check = refuse;
    expect([(await ready()).statusCode, await started()]).toEqual([503, 200]);
    readiness.checks.delete('slow');
  });

  it('is told to anybody, without a word of what failed', async () => {
    check = refuse;
    for (const key of [undefined, 'wrong']) {
      const { statusCode, body } = await ready(key);
      expect([statusCode, body.includes('db.internal')]).toEqual([503, false]);
      expect(JSON.parse(body)).toEqual({
        status: 'error',
        info: { well: { status: 'up' } },
        error: { database: { status: 'down', code: 'failed' } },
        details: { well: { status: 'up' }, database: { status: 'down', code: 'failed' } },
      });
    }
  });

  it('is told to holders of a key with the reason, and without the secrets in it', async () => {
    check = refuse;
    const { statusCode, body } = await ready(API_KEY);
    expect([statusCode, body.includes('hidden')]).toEqual([503, false]);
    expect(JSON.parse(body)).toMatchObject({
      error: {
        database: { code: 'failed', message: expect.stringContaining('ECONNREFUSED db.internal:5432') },
      },
    });
  });

  it('is no more for whoever cannot be looked up now', async () => {
    check = refuse;
    keyStore.isAway = true;
    const { statusCode, body } = await ready('unseen');
    keyStore.isAway = false;
    expect([statusCode, body.includes('db.internal')]).toEqual([503, false]);
  });

  it('says when a part does not answer', async () => {
    check = () => new Promise(() => undefined);
    const { body } = await ready();
    expect(JSON.parse(body)).toMatchObject({ error: { database: { code: 'no-answer' } } });
  });

  it('is told to anybody when all is well', async () => {
    check = () => undefined;
    const { statusCode, body } = await ready();
    expect([statusCode, JSON.parse(body)]).toMatchObject([200, { status: 'ok' }]);
  });
});
