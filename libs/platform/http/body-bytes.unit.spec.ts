import { PassThrough } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { FastifyRequest } from 'fastify';
import { readBodyBytes } from './body-bytes.js';
import { GUNZIP_BYTES } from './body-encoding.js';
import { breakBody } from './broken-body.js';
import { ProblemException } from './problem.js';

const request = (headers: Record<string, string> = {}) => ({ headers }) as unknown as FastifyRequest;

describe('the bytes of a body', () => {
  let reserved: number;
  const limits = (bytes = 1_000_000) => ({
    bytes,
    reserve: (more: number) => void (reserved += more),
    release: (some: number) => void (reserved -= some),
  });
  beforeEach(() => {
    reserved = 0;
  });

  function sent(chunks: Iterable<string | Buffer>, limit?: number) {
    const payload = new PassThrough({ highWaterMark: 1 });
    const body = readBodyBytes(request(), payload, limits(limit));
    body.catch(() => undefined);
    for (const chunk of chunks) payload.write(chunk);
    payload.end();
    return body;
  }
  const times = <Each>(count: number, each: Each) => Array.from({ length: count }, () => each);

  it.each([
    ['nothing', []],
    ['one chunk', [Buffer.alloc(70_000, 'a')]],
    ['small chunks', times(3_000, 'ab')],
    [
      'chunks of all sizes',
      [times(1_000, 'x').join(''), Buffer.alloc(40_000, 'y'), 'z', Buffer.alloc(65_536, 'w'), 'end'],
    ],
  ])('are all that came: %s', async (_, chunks) => {
    const whole = Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
    expect((await sent(chunks)).equals(whole)).toBe(true);
    expect(reserved).toBe(whole.length);
  });

  it('are counted as they come, whatever was announced', async () => {
    await expect(sent(times(11, 'a'.repeat(100)), 1_000)).rejects.toMatchObject({ code: 'body-too-large' });
    expect(reserved).toBe(1_000);
  });

  it('are not waited for when too many are announced', async () => {
    const payload = new PassThrough();
    const body = readBodyBytes(request({ 'content-length': '1001' }), payload, limits(1_000));
    await expect(body).rejects.toMatchObject({ code: 'body-too-large' });
    expect(payload.listenerCount('data')).toBe(0);
  });

  it('do not come one by one for long', async () => {
    await expect(sent(times(5_000, 'a'))).rejects.toMatchObject({ code: 'malformed-request' });
    expect(reserved).toBeLessThan(5_000);
  });

  it('are refused as soon as there is no room, and the rest is not read', async () => {
    const payload = new PassThrough();
    const reserve = () => {
      throw new Error('no room');
    };
    const body = readBodyBytes(request(), payload, { ...limits(1_000), reserve });
    payload.write('a');
    await expect(body).rejects.toThrow('no room');
    expect(payload.isPaused()).toBe(true);
  });

  it('of a zipped body are counted when it is unzipped, with what it takes to do that', async () => {
    const zipped = gzipSync(Buffer.alloc(100_000, 'a'));
    const headers = { 'content-encoding': 'gzip', 'content-length': String(zipped.length) };
    const payload = new PassThrough();
    const body = readBodyBytes(request(headers), payload, limits());
    expect(reserved).toBe(zipped.length + GUNZIP_BYTES);
    payload.end(zipped);
    expect((await body).length).toBe(100_000);
    expect(reserved).toBe(100_000);
  });

  it('of a zipped body are not unzipped when there is no room for them', async () => {
    const payload = new PassThrough();
    let room = 200_000;
    const reserve = (more: number) => {
      if (more > room) throw new Error('no room');
      room -= more;
    };
    const body = readBodyBytes(request({ 'content-encoding': 'gzip' }), payload, { ...limits(), reserve });
    payload.end(gzipSync(Buffer.alloc(900_000, 'a')));
    await expect(body).rejects.toThrow('no room');
  });

  it('are none, for the reason that is given, when the rest will not come', async () => {
    const problem = new ProblemException('request-timeout', 'late');
    const [early, late] = [new PassThrough(), new PassThrough()];
    breakBody(early, problem);
    const bodies = [early, late].map((payload) => readBodyBytes(request(), payload, limits()));
    breakBody(late, problem);
    for (const body of bodies) await expect(body).rejects.toBe(problem);
    expect(late.listenerCount('data')).toBe(0);
  });

  it('are none when the connection is cut off', async () => {
    const payload = new PassThrough();
    const body = readBodyBytes(request(), payload, limits());
    payload.write('a');
    payload.destroy();
    await expect(body).rejects.toMatchObject({ code: 'malformed-request' });
  });
});
