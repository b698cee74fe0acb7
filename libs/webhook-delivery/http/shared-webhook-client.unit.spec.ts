import type { AttemptOutcome, AttemptRequest } from '../core/ports.js';
import { SharedWebhookClient } from './shared-webhook-client.js';

const delivered: AttemptOutcome = { outcome: 'delivered', status: 200 };
const requestOf = (tenant: string) => ({ subscription: { tenant } }) as AttemptRequest;
const happened = () => new Promise((resolve) => setImmediate(resolve));

describe('the limit of requests in flight', () => {
  const never = new AbortController().signal;
  let underWay: { readonly tenant: string; readonly end: () => void }[];
  let client: SharedWebhookClient;

  beforeEach(() => {
    underWay = [];
    const attempt = ({ subscription: { tenant } }: AttemptRequest) =>
      new Promise<AttemptOutcome>((resolve) => underWay.push({ tenant, end: () => resolve(delivered) }));
    client = new SharedWebhookClient({ attempt }, 10);
  });

  it('gives a tenant whose endpoints hang at most half, so others go ahead', async () => {
    for (let n = 0; n < 1_000; n++) void client.attempt(requestOf('greedy'), never);
    await happened();
    expect(underWay).toHaveLength(5);
    for (let n = 0; n < 20; n++) {
      const attempt = client.attempt(requestOf('acme'), never);
      await happened();
      expect(underWay.at(-1)?.tenant).toBe('acme');
      underWay.pop()?.end();
      expect(await attempt).toBe(delivered);
    }
    underWay.shift()?.end();
    await happened();
    expect(underWay).toHaveLength(5);
  });

  it('ends the wait of an aborted attempt', async () => {
    const stop = new AbortController();
    const attempts = Array.from({ length: 30 }, () => client.attempt(requestOf('greedy'), stop.signal));
    await happened();
    stop.abort();
    for (const { end } of underWay) end();
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toHaveLength(25);
  });
});
