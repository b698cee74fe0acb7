import { RawClient } from '#libs/platform/testing';
import { problemOf } from './commands.fixture.js';
import { eventually, SHARED_LIMITS, someOrder, useSharedSystem } from './system.fixture.js';

const BATCH = '/v1/orders/batch';
const { batchBytes: BATCH_LIMIT_BYTES } = SHARED_LIMITS;
const NDJSON = { 'content-type': 'application/x-ndjson' };
const JSON_TYPE = { 'content-type': 'application/json' };

describe('requests that ask for much', () => {
  const { system, client } = useSharedSystem();

  const repeated = (item: string, count: number) => `[${Array.from({ length: count }, () => item).join()}]`;
  const health = async () => expect((await fetch(`${system.app.url}/health/live`)).status).toBe(200);

  it.each([
    ['an order', '/v1/orders', 1_000_000],
    ['a batch', BATCH, BATCH_LIMIT_BYTES - 10],
  ])('are refused when they are nested deeper than anything: %s', async (_, path, length) => {
    const nested = '['.repeat(length / 2) + ']'.repeat(length / 2);
    const answer = await client.post(path, path === BATCH ? `[${nested}]` : nested);
    if (path === BATCH) expect(answer.body.results[0]).toMatchObject({ status: path === BATCH ? 413 : 400 });
    else expect(problemOf(answer)).toEqual([400, 'invalid-request']);
    await health();
  });

  it('fail an order that is too deep, or has too much in it, and no other', async () => {
    const deep = `{"a":${'['.repeat(40)}${']'.repeat(40)}}`;
    const wide = `{"items":${repeated('1', 20_000)}}`;
    const good = JSON.stringify(someOrder());
    const { body } = await client.post(BATCH, `[${good},${deep},${wide},${good}]`);
    expect(body.results.map(({ status }: { status: number }) => status)).toEqual([201, 400, 400, 201]);
    expect(body.results[1].error.errors[0].detail).toMatch(/nested/);
  });

  it('are read no further than a thousand things', async () => {
    const lines = await client.post(BATCH, 'x\n'.repeat(BATCH_LIMIT_BYTES / 2), NDJSON);
    expect(problemOf(lines)).toEqual([400, 'invalid-request']);
    expect(lines.body.detail).toMatch(/there are more/);
    const array = await client.post(BATCH, `[${'1,'.repeat(2_000)}`);
    expect(problemOf(array)).toEqual([400, 'invalid-request']);
    await health();
  });

  it('are answered in bounded size, however much is wrong in them', async () => {
    const fields = Array.from({ length: 300 }, (_, index) => `"field-${index}":1`).join();
    const { status, body } = await client.post(BATCH, repeated(`{${fields}}`, 700));
    expect(status).toBe(200);
    expect(body.results).toHaveLength(700);
    expect(body.results[0].error.errors).toHaveLength(5);
    expect(body.results[0].error.errors[4].detail).toBe('there are more errors');
    expect(JSON.stringify(body).length).toBeLessThan(1_000_000);
  });

  it('let others be answered while they are worked on', async () => {
    let isDone = false;
    const order = JSON.stringify({
      ...someOrder(),
      items: Array.from({ length: 1_000 }, () => someOrder().items[0]),
    });
    const sent = client.post(BATCH, repeated(order, 60)).finally(() => (isDone = true));
    let answered = 0;
    while (!isDone) {
      await health();
      answered++;
    }
    expect((await sent).status).toBe(200);
    expect(answered).toBeGreaterThan(3);
  });

  it('are counted as they come, also without a length', async () => {
    const half = ' '.repeat(BATCH_LIMIT_BYTES / 2);
    const chunk = `${half.length.toString(16)}\r\n${half}\r\n`;
    const caller = RawClient.to(system.app.url);
    caller.send(
      BATCH,
      { ...JSON_TYPE, authorization: `Bearer ${client.apiKey}`, 'transfer-encoding': 'chunked' },
      chunk + chunk + chunk,
    );
    expect(await caller.status()).toBe(413);
    await caller.closed();
  });

  it('have half of the memory for all of them at most, and give it back', async () => {
    const other = await system.client();
    const length = String(BATCH_LIMIT_BYTES - 100);
    const holder = RawClient.to(system.app.url);
    const headers = { ...JSON_TYPE, authorization: `Bearer ${client.apiKey}`, 'content-length': length };
    holder.send(BATCH, headers, ' '.repeat(BATCH_LIMIT_BYTES - 1_000));
    await eventually(async () => {
      expect(holder.received).toBe('');
      const refused = await client.post(BATCH, repeated(JSON.stringify(someOrder()), 100));
      expect(problemOf(refused)).toEqual([429, 'tenant-share-exceeded']);
      expect(refused.headers.get('retry-after')).toBe('1');
    });
    expect((await other.post(BATCH, repeated(JSON.stringify(someOrder()), 100))).status).toBe(200);
    holder.close();
    await eventually(async () => expect((await client.post('/v1/orders', someOrder())).status).toBe(201));
  });

  it('get pages that end before they are large, and miss nothing', async () => {
    const tenant = await system.client();
    const sku = 'x'.repeat(90);
    const items = Array.from({ length: 1_000 }, () => ({ sku, quantity: 1, unitPrice: 1 }));
    const made = await tenant.post(BATCH, repeated(JSON.stringify({ ...someOrder(), items }), 20));
    const { position } = made.body.results.at(-1);
    const ids = new Set<string>();
    let pages = 0;
    for (let next: string | undefined = ''; next !== undefined; pages++) {
      const positions = made.body.results.map((each: { position: string }) => each.position).join(', ');
      const answer = await tenant.get(`/v1/orders?limit=500${next && `&pageToken=${next}`}`, {
        'orderstream-position': positions ?? position,
        prefer: 'wait=20',
      });
      expect(answer.status).toBe(200);
      expect(JSON.stringify(answer.body).length).toBeLessThan(1_300_000);
      for (const { orderId } of answer.body.items) ids.add(orderId);
      next = answer.body.nextPageToken;
    }
    expect(ids.size).toBe(20);
    expect(pages).toBeGreaterThan(1);
    const events = await tenant.get('/v1/events?from=beginning&limit=500');
    expect(JSON.stringify(events.body).length).toBeLessThan(1_300_000);
  });
});
