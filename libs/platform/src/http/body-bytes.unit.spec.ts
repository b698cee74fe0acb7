import { PassThrough } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { bodyBytes } from './body-bytes.js';

const request = (headers: Record<string, string> = {}) => ({ headers }) as unknown as FastifyRequest;

describe('the bytes of a body', () => {
  let reserved: number;
  const limits = (bytes = 1_000_000) => ({ bytes, reserve: (more: number) => void (reserved += more) });
  beforeEach(() => {
    reserved = 0;
  });

  function sent(chunks: Iterable<string | Buffer>, limit?: number) {
    const payload = new PassThrough({ highWaterMark: 1 });
    const body = bodyBytes(request(), payload, limits(limit));
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
    const body = bodyBytes(request({ 'content-length': '1001' }), payload, limits(1_000));
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
    const body = bodyBytes(request(), payload, { bytes: 1_000, reserve });
    payload.write('a');
    await expect(body).rejects.toThrow('no room');
    expect(payload.isPaused()).toBe(true);
  });

  it('are none when the connection is cut off', async () => {
    const payload = new PassThrough();
    const body = bodyBytes(request(), payload, limits());
    payload.write('a');
    payload.destroy();
    await expect(body).rejects.toMatchObject({ code: 'malformed-request' });
  });
});
