import { Readable } from 'node:stream';
import { Body, Controller, type INestApplication, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { batchItems, NDJSON, TakesBatch } from './batch-body.js';
import { acceptJsonOnly } from './json-body.js';
import { ProblemFilter } from './problem.filter.js';

const CHUNKED = { 'transfer-encoding': 'chunked' };
const MAX_ITEMS = 5;
const BATCH_LIMIT_BYTES = 2_000;
const BODY_LIMIT_BYTES = 1_024;

@Controller()
class BatchController {
  @Post('batch')
  @TakesBatch()
  async batch(@Req() request: FastifyRequest): Promise<unknown[]> {
    const items = await batchItems(request, MAX_ITEMS);
    return items.map(({ read }) => (read.ok ? { value: read.value } : read.problem.code));
  }

  @Post('kept')
  @TakesBatch()
  async kept(@Req() request: FastifyRequest): Promise<unknown[]> {
    const items = await batchItems(request, MAX_ITEMS);
    return items.map(({ read }) => ({ value: read.ok && read.value === read.value }));
  }

  @Post('weights')
  @TakesBatch()
  async weights(@Req() request: FastifyRequest): Promise<number[]> {
    return (await batchItems(request, MAX_ITEMS)).map(({ weight, bytes }) => weight / bytes);
  }

  @Post('single')
  single(@Body() body: unknown): unknown {
    return { body };
  }
}

@Module({ controllers: [BatchController] })
class BatchModule {}

describe('the body of a batch', () => {
  let app: INestApplication;
  let adapter: FastifyAdapter;
  beforeAll(async () => {
    adapter = new FastifyAdapter({ bodyLimit: BODY_LIMIT_BYTES });
    app = await NestFactory.create(BatchModule, adapter, { bodyParser: false, logger: false });
    acceptJsonOnly(adapter.getInstance(), BATCH_LIMIT_BYTES);
    app.useGlobalFilters(new ProblemFilter());
    await app.init();
    await adapter.getInstance().ready();
  });
  afterAll(() => app.close());

  async function send(payload: string | Buffer, type = NDJSON, path = '/batch') {
    const headers = { 'content-type': type };
    const answer = await adapter.getInstance().inject({ method: 'POST', url: path, headers, payload });
    return { status: answer.statusCode, body: answer.json() };
  }
  const values = (...all: unknown[]) => ({ status: 201, body: all.map((value) => ({ value })) });
  const refused = (status: number, code: string) => ({ status, body: expect.objectContaining({ code }) });

  it('is an array of JSON', async () => {
    expect(await send('[{"a":1},2,null,"x",[]]', 'application/json')).toEqual(
      values({ a: 1 }, 2, null, 'x', []),
    );
  });

  it.each([{}, { 'content-type': 'text/plain' }, { 'content-type': 'application/json' }])(
    'is none if no chunk has a byte (%j)',
    async (headers) => {
      const payload = Readable.from([]);
      const answer = await adapter
        .getInstance()
        .inject({ method: 'POST', url: '/single', headers: { ...headers, ...CHUNKED }, payload });
      expect([answer.statusCode, answer.json()]).toEqual([201, {}]);
    },
  );

  it('is lines of JSON', async () => {
    expect(await send('{"a":1}\n[2]\nnull\n"größe 茶"')).toEqual(values({ a: 1 }, [2], null, 'größe 茶'));
  });

  it.each([
    ['ends with a line feed', '1\n2\n'],
    ['has lines that end as on Windows', '1\r\n2\r\n'],
    ['has blank lines', '\n\n1\n \t \n\r\n2\n\n'],
    ['begins with a byte order mark', '\ufeff1\n2'],
    ['has white space around its values', '  1 \n\t2  '],
  ])('of lines may be one that %s', async (_, body) => expect(await send(body)).toEqual(values(1, 2)));

  it('may say that it is UTF-8', async () => {
    expect(await send('"茶"', `${NDJSON}; charset=utf-8`)).toEqual(values('茶'));
    expect(await send('["茶"]', 'application/json; charset=UTF-8')).toEqual(values('茶'));
    expect(await send('["茶"]', 'application/json; charset="utf-8"')).toEqual(values('茶'));
  });

  it.each([
    ['is cut off', '{"a":'],
    ['is no JSON', 'a'],
    ['holds two values', '{} {}'],
    ['reaches for a prototype', '{"__proto__":{"admin":true}}'],
    ['reaches for a prototype further down', '{"a":{"constructor":{"prototype":{"admin":true}}}}'],
    ['has a NUL character', '\0'],
  ])('keeps the other lines when one %s', async (_, line) => {
    expect(await send(`1\n${line}\n3`)).toEqual({
      status: 201,
      body: [{ value: 1 }, 'malformed-request', { value: 3 }],
    });
  });

  it('does not break a value at separators that are no line feed', async () => {
    expect(await send('"a\u2028b"\n"c\u0085d"')).toEqual(values('a\u2028b', 'c\u0085d'));
  });

  it.each([
    ['no line', '', NDJSON],
    ['blank lines only', '\n\r\n', NDJSON],
    ['an empty array', '[]', 'application/json'],
    ['an object', '{}', 'application/json'],
    ['null', 'null', 'application/json'],
    ['an object that looks like an array', '{"0":1,"length":1}', 'application/json'],
    ['an object that looks like what lines become', '{"items":[{"ok":true,"value":1}]}', 'application/json'],
    ['too many lines', '1\n2\n3\n4\n5\n6', NDJSON],
    ['too many items', '[1,2,3,4,5,6]', 'application/json'],
  ])('cannot be %s', async (_, body, type) => {
    expect(await send(body, type)).toEqual(refused(400, 'invalid-request'));
  });

  it('holds as many as are allowed', async () => {
    expect(await send('1\n2\n3\n4\n5\n\n')).toEqual(values(1, 2, 3, 4, 5));
    expect(await send('[1,2,3,4,5]', 'application/json')).toEqual(values(1, 2, 3, 4, 5));
  });

  it.each([NDJSON, 'application/json'])(
    'may be larger than others, up to its own limit (%s)',
    async (type) => {
      const half = JSON.stringify('x'.repeat(700));
      const fits = type === NDJSON ? `${half}\n${half}` : `[${half},${half}]`;
      expect((await send(fits, type)).status).toBe(201);
      expect(await send(`[${JSON.stringify('x'.repeat(BATCH_LIMIT_BYTES))}]`, type)).toEqual(
        refused(413, 'body-too-large'),
      );
      if (type !== NDJSON) expect(await send(fits, type, '/single')).toEqual(refused(413, 'body-too-large'));
    },
  );

  it('has no thing in it that is larger than a body of its own may be', async () => {
    const large = JSON.stringify('x'.repeat(BODY_LIMIT_BYTES));
    const answer = { status: 201, body: [{ value: 1 }, 'body-too-large', { value: 2 }] };
    expect(await send(`1\n${large}\n2`)).toEqual(answer);
    expect(await send(`[1,${large},2]`, 'application/json')).toEqual(answer);
  });

  it.each([NDJSON, 'application/json'])('must be UTF-8 (%s)', async (type) => {
    expect(await send(Buffer.from('["\xff"]', 'latin1'), type)).toEqual(refused(400, 'malformed-request'));
    for (const charset of ['latin1', '"latin1"', 'utf-16', '"utf-8', 'utf-8"'])
      expect(await send('[1]', `${type}; charset=${charset}`)).toEqual(
        refused(415, 'unsupported-media-type'),
      );
  });

  it.each([NDJSON, 'application/json'])(
    'keeps only values that take about as much memory as its bytes (%s)',
    async (type) => {
      const [order, objects] = ['{"text":"some order"}', `[${'{},'.repeat(40)}{}]`];
      const body = type === NDJSON ? `${order}\n${objects}` : `[${order},${objects}]`;
      expect(await send(body, type, '/kept')).toEqual(values(true, false));
      expect((await send(body, type)).body[1].value).toHaveLength(41);
    },
  );

  it('is of lines where that was announced, and nowhere else', async () => {
    expect(await send('{}', NDJSON, '/single')).toEqual(refused(415, 'unsupported-media-type'));
    expect(await send('{}', 'application/json', '/single')).toEqual({ status: 201, body: { body: {} } });
    expect(await send('1', 'text/plain')).toEqual(refused(415, 'unsupported-media-type'));
    expect(await send('1', 'application/x-ndjson-seq')).toEqual(refused(415, 'unsupported-media-type'));
  });

  it('says of each thing what it takes to check it: many empty objects much more than their bytes', async () => {
    const things = [{ note: 'x'.repeat(900) }, Array.from({ length: 300 }, () => ({}))];
    const { body } = await send(JSON.stringify(things), 'application/json', '/weights');
    expect(body).toEqual([expect.closeTo(1, 0), expect.closeTo(25, -1)]);
  });
});
