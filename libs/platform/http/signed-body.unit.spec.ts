import { Controller, type INestApplication, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { acceptJsonOnly } from './json-body.js';
import { ProblemFilter } from './problem.filter.js';
import { TakesSignedBody } from './signed-body.js';

const LIMIT_BYTES = 1_024;

@Controller()
class SignedController {
  @Post('signed')
  @TakesSignedBody()
  signed(@Req() { body }: FastifyRequest): unknown {
    return { bytes: Buffer.isBuffer(body) ? body.toString('base64') : null };
  }
}

@Module({ controllers: [SignedController] })
class SignedModule {}

describe('a signed body', () => {
  let app: INestApplication;
  let adapter: FastifyAdapter;
  beforeAll(async () => {
    adapter = new FastifyAdapter({ bodyLimit: LIMIT_BYTES });
    app = await NestFactory.create(SignedModule, adapter, { bodyParser: false, logger: false });
    acceptJsonOnly(adapter.getInstance(), LIMIT_BYTES);
    app.useGlobalFilters(new ProblemFilter());
    await app.init();
    await adapter.getInstance().ready();
  });
  afterAll(() => app.close());

  async function send(payload: string, type = 'application/json; charset=utf-8') {
    const headers = { 'content-type': type };
    const answer = await adapter.getInstance().inject({ method: 'POST', url: '/signed', headers, payload });
    return { status: answer.statusCode, body: answer.json() };
  }

  it.each(['{"a":1}', ' { "b" : 2,\n"a": 1e2 } ', '{"a":1,"a":2}', 'no JSON at all'])(
    'arrives byte by byte as it was sent: %j',
    async (text) => {
      const { body } = await send(text);
      expect(Buffer.from(body.bytes, 'base64').toString()).toBe(text);
    },
  );

  it('may be missing', async () => {
    expect((await send('')).body).toEqual({ bytes: null });
  });

  it('has the limits of other bodies', async () => {
    expect((await send(`"${'x'.repeat(LIMIT_BYTES)}"`)).status).toBe(413);
    expect((await send('a', 'text/plain')).status).toBe(415);
  });
});
