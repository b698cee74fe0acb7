import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '#libs/kernel/testing';
import { LEAST_PLACES } from '../overload/pace.js';
import { API_KEY, TestApp } from '../testing/http-app.fixture.js';
import { RawClient } from '../testing/raw-client.js';

const BATCH_BYTES = 1_000_000;
const app = await TestApp.use({
  HTTP_MAX_IN_FLIGHT_BYTES: String(2 * BATCH_BYTES),
  HTTP_BATCH_LIMIT_BYTES: String(BATCH_BYTES),
});
// The cases say how much is going on.
app.overload.onApplicationShutdown();

const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
const bodyOf = (id: string, bytes = 0) => JSON.stringify({ customer: { id }, note: 'x'.repeat(bytes) });
const order = async (id: string, bytes?: number) =>
  (await fetch(`${app.url}/v1/orders`, { method: 'POST', headers, body: bodyOf(id, bytes) })).status;

/** An order whose client can leave before it is answered. */
function abandonable(id: string, bytes?: number): () => void {
  const client = RawClient.to(app.url);
  const body = bodyOf(id, bytes);
  client.send('/v1/orders', { ...headers, 'content-length': String(body.length) }, body);
  return () => client.reset();
}

const isTaken = (id: string) => until(() => app.acceptedCustomers.includes(id));
const { turns } = app.overload;
let release = (): void => undefined;
afterEach(() => release());

describe('a command whose client has left', () => {
  it('keeps the bytes of its body and its turn until it is done', async () => {
    release = app.holdOrders();
    const leave = abandonable('gone', BATCH_BYTES * 0.9);
    await isTaken('gone');
    leave();
    await sleep(50);
    expect(turns.running).toBe(1);
    expect(await order('too-much', BATCH_BYTES * 0.9)).toBe(429);
    release();
    await until(() => turns.running === 0);
    expect(await order('next', BATCH_BYTES * 0.9)).toBe(201);
  });

  it('is given up as long as it waits for its turn', async () => {
    for (let look = 0; look < 40; look++) turns.look(10, 1);
    release = app.holdOrders();
    const begun = Array.from({ length: LEAST_PLACES }, (_, index) => order(`first-${index}`));
    await until(() => turns.running === LEAST_PLACES);
    const leave = abandonable('never');
    await until(() => turns.waiting === 1);
    leave();
    await until(() => turns.waiting === 0);
    release();
    expect(await Promise.all(begun)).toEqual([201, 201]);
    expect(turns.running).toBe(0);
    expect(app.acceptedCustomers).not.toContain('never');
  });
});
