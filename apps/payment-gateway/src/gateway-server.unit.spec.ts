import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GATEWAY_PATHS, type LedgerEntry, SimulatedGatewayClient } from '#libs/payment-gateways/simulated';
import { describePaymentGateway } from '#libs/payment-gateways/testing';
import { newId } from '#libs/kernel';
import { GatewayOutcomeUnknownError, GatewayUnavailableError } from '#libs/payments';
import { GatewayServer } from './gateway-server.js';

const [amount, currency, SLOW_MS] = [900, 'EUR', 50];

let directory: string;
let server: GatewayServer;
let url: string;
let client: SimulatedGatewayClient;

async function start(port = 0): Promise<void> {
  server = new GatewayServer(directory, SLOW_MS);
  url = `http://127.0.0.1:${await server.listen(port, '127.0.0.1')}`;
}

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'orderstream-gateway-'));
  await start();
  client = new SimulatedGatewayClient(url, 1_000);
});
afterAll(async () => {
  await client.close();
  await server.close();
  rmSync(directory, { recursive: true });
});

describePaymentGateway('simulated, over HTTP', () =>
  Promise.resolve({
    gateway: client,
    tokens: { ok: 'tok_ok', declined: 'tok_decline', review: 'tok_review' },
  }),
);

const authorize = (orderId: string, token: string | null) =>
  client.authorize({
    tenant: 'acme',
    orderId,
    amount,
    currency,
    token,
    country: null,
    idempotencyKey: `${orderId}/authorize`,
  });
const capture = (orderId: string, reference: string) =>
  client.capture({
    tenant: 'acme',
    orderId,
    amount,
    currency,
    reference,
    idempotencyKey: `${orderId}/capture`,
  });
const put = (body: unknown) =>
  fetch(`${url}${GATEWAY_PATHS.faults}`, { method: 'PUT', body: JSON.stringify(body) });
const operationsOf = async (orderId: string): Promise<readonly LedgerEntry[]> => {
  const answer = await fetch(`${url}${GATEWAY_PATHS.report}?orderId=${orderId}`);
  return ((await answer.json()) as { operations: LedgerEntry[] }).operations;
};

describe('the token', () => {
  it.each(['tok_ok', 'any_other', null])('%s is authorized', async (token) => {
    expect((await authorize(newId(), token)).result).toBe('authorized');
  });

  it('tok_error_once fails once without an effect, then works', async () => {
    const orderId = newId();
    await expect(authorize(orderId, 'tok_error_once')).rejects.toThrow(GatewayOutcomeUnknownError);
    expect((await client.find(orderId)).status).toBe('none');
    expect((await authorize(orderId, 'tok_error_once')).result).toBe('authorized');
  });

  it('tok_slow takes its time', async () => {
    const began = performance.now();
    expect((await authorize(newId(), 'tok_slow')).result).toBe('authorized');
    expect(performance.now() - began).toBeGreaterThanOrEqual(SLOW_MS - 1);
  });

  it('tok_timeout never answers, and has no effect', async () => {
    const orderId = newId();
    await expect(authorize(orderId, 'tok_timeout')).rejects.toThrow(GatewayOutcomeUnknownError);
    expect((await client.find(orderId)).status).toBe('none');
  });

  it('tok_twice answers twice, which no other call notices', async () => {
    const orders = Array.from({ length: 20 }, () => newId());
    const outcomes = orders.map(async (orderId) => {
      const answer = await authorize(orderId, 'tok_twice');
      if (answer.result !== 'authorized') throw new Error(answer.result);
      expect(answer.reference).toContain(orderId);
      expect(await capture(orderId, answer.reference)).toEqual({ result: 'captured', amount });
      return (await operationsOf(orderId)).map(({ operation }) => operation);
    });
    for (const operations of await Promise.all(outcomes))
      expect(operations).toEqual(['authorize', 'capture']);
  });
});

describe('a fault', () => {
  afterEach(() => put({}));

  it.each([
    ['unavailable', GatewayUnavailableError, 'authorized'],
    ['lose-request', GatewayOutcomeUnknownError, 'authorized'],
    ['lose-answer', GatewayOutcomeUnknownError, 'captured'],
  ] as const)('of the next call: %s', async (fault, error, status) => {
    const orderId = newId();
    const authorized = await authorize(orderId, null);
    if (authorized.result !== 'authorized') throw new Error(authorized.result);
    await put({ next: [fault] });
    await expect(capture(orderId, authorized.reference)).rejects.toThrow(error);
    expect((await client.find(orderId)).status).toBe(status);
    expect(await capture(orderId, authorized.reference)).toEqual({ result: 'captured', amount });
    expect((await operationsOf(orderId)).map(({ operation }) => operation)).toEqual(['authorize', 'capture']);
  });

  it('of a share of all calls lasts', async () => {
    await put({ shares: { unavailable: 1 } });
    for (let call = 0; call < 3; call++)
      await expect(authorize(newId(), null)).rejects.toThrow(GatewayUnavailableError);
  });

  it('is refused if there is none of that name', async () => {
    expect((await put({ next: ['explode'] })).status).toBe(400);
  });
});

describe('the server', () => {
  it('knows after a restart what it carried out, and leaves out what it did not finish writing', async () => {
    const orderId = newId();
    const authorized = await authorize(orderId, null);
    if (authorized.result !== 'authorized') throw new Error(authorized.result);
    await capture(orderId, authorized.reference);
    const before = await operationsOf(orderId);
    const port = Number(new URL(url).port);
    await server.close();
    await expect(client.find(orderId)).rejects.toThrow(GatewayUnavailableError);
    await expect(authorize(newId(), null)).rejects.toThrow(GatewayUnavailableError);
    appendFileSync(join(directory, 'operations.ndjson'), '{"operation":"refu');
    await start(port);
    expect(await operationsOf(orderId)).toEqual(before);
    expect(await client.find(orderId)).toMatchObject({ status: 'captured', captured: amount });
    expect(await capture(orderId, authorized.reference)).toEqual({ result: 'captured', amount });
    expect(await operationsOf(orderId)).toEqual(before);
    expect((await authorize(newId(), null)).result).toBe('authorized');
  });

  it('refuses an idempotency key that was used for another call, and what it cannot read', async () => {
    const orderId = newId();
    await authorize(orderId, null);
    await expect(authorize(orderId, 'tok_review')).rejects.toThrow(/422/);
    const headers = { 'idempotency-key': 'key' };
    for (const body of ['{', '{}', '"x"']) {
      const answer = await fetch(`${url}${GATEWAY_PATHS.authorize}`, { method: 'POST', headers, body });
      expect(answer.status).toBe(400);
    }
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
  });
});
