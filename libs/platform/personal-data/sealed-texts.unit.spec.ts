import { Readable } from 'node:stream';
import { Controller, Get, Global, Module, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { register } from 'prom-client';
import { RequiresScope } from '../auth/route-access.js';
import { createHttpApp, listen } from '../http/http-app.js';
import { databaseUnavailable } from '../http/problem.filter.js';
import { appRoot } from '../run-app.js';
import { loadSettings } from '../settings/settings.js';
import { API_KEY, KeysModule, OPERATOR_KEY, TENANT } from '../testing/http-app.fixture.js';
import { EVERY_TENANT, type Reader, SEALED_TEXTS, type SealedTexts } from './sealed-texts.js';

const texts = {
  isAway: false,
  readers: [] as Reader[],
  open: (json: string, reader: Reader) => {
    if (!json.includes('sealed')) return json;
    if (texts.isAway) return Promise.reject(databaseUnavailable());
    texts.readers.push(reader);
    return Promise.resolve(json.replace('sealed', 'open'));
  },
} satisfies SealedTexts & Record<string, unknown>;

@Controller('v1/things')
class ThingsController {
  @Get()
  @RequiresScope('orders:read')
  one(): unknown {
    return { text: 'sealed' };
  }

  @Get('for-operators')
  @RequiresScope('operator')
  forOperators(): unknown {
    return { text: 'sealed' };
  }

  @Get('stream')
  @RequiresScope('orders:read')
  stream(@Res() reply: FastifyReply): void {
    void reply.send(Readable.from(['sealed']));
  }
}

@Global()
@Module({
  controllers: [ThingsController],
  providers: [{ provide: SEALED_TEXTS, useValue: texts }],
  exports: [SEALED_TEXTS],
})
class ThingsModule {}

describe('what is sealed in an answer', () => {
  let url: string;
  let close: () => Promise<void>;
  beforeAll(async () => {
    const settings = loadSettings({ HTTP_PORT: '0', LOG_LEVEL: 'fatal' });
    const app = await createHttpApp(appRoot(settings, [KeysModule, ThingsModule]), settings);
    url = await listen(app, settings);
    close = () => app.close();
  });
  afterAll(async () => {
    await close();
    register.clear();
  });
  beforeEach(() => {
    texts.isAway = false;
    texts.readers = [];
  });
  const get = (path: string, key = API_KEY) =>
    fetch(`${url}/v1/things${path}`, { headers: { authorization: `Bearer ${key}` } });

  it('is opened for the tenant that asks', async () => {
    const answer = await get('');
    expect([await answer.json(), answer.headers.get('content-length')]).toEqual([{ text: 'open' }, '15']);
    expect(texts.readers).toEqual([TENANT]);
  });

  it('is opened for operators, whosever it is', async () => {
    expect(await (await get('/for-operators', OPERATOR_KEY)).json()).toEqual({ text: 'open' });
    expect(texts.readers).toEqual([EVERY_TENANT]);
  });

  it('is left to whoever writes a stream', async () => {
    expect(await (await get('/stream')).text()).toBe('sealed');
  });

  it('is answered 503 while keys cannot be read, and nothing of it is shown', async () => {
    texts.isAway = true;
    const answer = await get('');
    const body = await answer.text();
    expect([answer.status, answer.headers.get('content-type'), JSON.parse(body).code]).toEqual([
      503,
      expect.stringContaining('application/problem+json'),
      'unavailable',
    ]);
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(body).not.toContain('sealed');
  });
});
