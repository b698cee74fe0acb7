import { randomUUID } from 'node:crypto';
import { type ClientRequest, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { pointersOf, problemOf } from './commands.fixture.js';
import { eventually, positionOf, someOrder, useSharedSystem } from './system.fixture.js';

describe('a query with the positions of earlier answers', () => {
  const { system, client } = useSharedSystem();
  let holder: Client | undefined;
  afterEach(letGo);

  const get = (path: string, position: string, prefer?: string) =>
    client.get(path, { 'orderstream-position': position, ...(prefer !== undefined && { prefer }) });

  /** A request that can be broken off. (`fetch` would open another connection in its place, and keep it.) */
  function ask(path: string, position: string): ClientRequest {
    const headers = {
      authorization: `Bearer ${client.apiKey}`,
      'orderstream-position': position,
      prefer: 'wait=30',
    };
    const asked = request(new URL(path, system.app.url), { headers });
    asked
      .on('error', () => {})
      .on('response', (response) => response.resume())
      .end();
    return asked;
  }

  /** A place that the log has, and that the projection does not come to until it is let go: it waits for a lock. */
  async function held(): Promise<string> {
    if (!holder) {
      holder = new Client({ connectionString: system.databaseUrl });
      await holder.connect();
      await holder.query(`select pg_advisory_lock(hashtext('projection orders'))`);
    }
    return positionOf(await client.post('/v1/orders', someOrder()));
  }

  async function letGo(): Promise<void> {
    await holder?.end();
    holder = undefined;
  }

  it('is refused in time when it cannot be answered, and says how far it is', async () => {
    const ahead = await held();
    for (const [prefer, seconds, applied] of [
      ['wait=0', 0, 'wait=0'],
      ['respond-async, wait=1', 1, 'wait=1'],
      ['wait=soon', 2, null],
      [undefined, 2, null],
    ] as const) {
      const started = performance.now();
      const answer = await get('/v1/orders', ahead, prefer);
      expect(performance.now() - started).toBeGreaterThanOrEqual(seconds * 1_000 - 5);
      expect(answer.status).toBe(503);
      expect(answer.body).toMatchObject({
        code: 'position-not-reached',
        detail: expect.stringContaining(ahead),
      });
      expect(answer.headers.get('retry-after')).toBe('1');
      expect(answer.headers.get('preference-applied')).toBe(applied);
    }
  });

  it('is not said to be missing when it is only not there yet', async () => {
    const answer = await get(`/v1/orders/${randomUUID()}`, await held(), 'wait=0');
    expect(problemOf(answer)).toEqual([503, 'position-not-reached']);
  });

  it.each([
    ['orders/0@900000000', 'wait=30'],
    ['orders/0@900000000', 'wait=0'],
    ['orders/999999999@0', undefined],
  ])('is refused at once for a position that nobody was given: %s, %s', async (position, prefer) => {
    const started = performance.now();
    const answer = await get('/v1/orders', `orders/0@0,${position}`, prefer);
    expect(problemOf(answer)).toEqual([400, 'invalid-request']);
    expect(pointersOf(answer)).toEqual(['/Orderstream-Position']);
    expect(answer.body.errors[0].detail).toContain(position);
    expect(performance.now() - started).toBeLessThan(30_000);
  });

  it('is not held up by topics that it does not read', async () => {
    const created = await client.post('/v1/orders', someOrder());
    const positions = `webhooks/0@999999, ${positionOf(created)}, payments/3@1`;
    const read = await get(`/v1/orders/${created.body.orderId}`, positions);
    expect([read.status, read.headers.get('preference-applied')]).toEqual([200, null]);
  });

  it.each(['orders', 'orders/1@x', Array.from({ length: 101 }, (_, n) => `orders/${n}@0`).join()])(
    'is refused when they are malformed, or too many',
    async (positions) => {
      const answer = await get('/v1/orders', positions);
      expect(problemOf(answer)).toEqual([400, 'invalid-request']);
      expect(pointersOf(answer)[0]).toBe('/Orderstream-Position');
    },
  );

  it('makes no room for more than a tenant’s share, until some have gone', async () => {
    const ahead = await held();
    const waiting = Array.from({ length: 30 }, () => ask('/v1/orders', ahead));
    const crowded = await eventually(async () => {
      // One more each time, and first: the question below may have taken a place of theirs.
      waiting.push(ask('/v1/orders', ahead));
      await sleep(200);
      const answer = await get('/v1/orders', ahead, 'wait=1');
      expect(problemOf(answer)).toEqual([429, 'tenant-share-exceeded']);
      return answer;
    });
    expect(crowded.headers.get('retry-after')).toBe('1');
    expect((await client.get('/v1/orders')).status).toBe(200);
    // Half of all is left to others.
    const other = await system.client();
    const read = await other.get('/v1/orders', { 'orderstream-position': ahead, prefer: 'wait=1' });
    expect(problemOf(read)).toEqual([503, 'position-not-reached']);
    for (const asked of waiting) asked.destroy();
    await eventually(async () => {
      expect((await get('/v1/orders', ahead, 'wait=1')).body.code).toBe('position-not-reached');
    });
  });

  it('is answered at a stop, and does not hold it up', async () => {
    const ahead = await held();
    const waiting = Array.from({ length: 3 }, () => get('/v1/orders', ahead, 'wait=30'));
    // All three sit when a fourth could still be asked.
    await get('/v1/orders', ahead, 'wait=1');
    await system.app.restart('SIGTERM');
    for (const answer of await Promise.all(waiting)) expect(problemOf(answer)).toEqual([503, 'unavailable']);
  });
});
