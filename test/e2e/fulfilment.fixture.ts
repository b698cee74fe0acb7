import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAY_PATHS, type LedgerEntry } from '#libs/payment-gateways/simulated';
import { testSettings } from '#libs/testing';
import { type Client, eventually } from './system.fixture.js';

/** Settings of the shared system with process managers. Specs that use the same need no restart between them. */
export const WITH_FULFILMENT = {
  FULFILMENT_ENABLED: 'true',
  FULFILMENT_STUCK_AFTER_MS: '1000',
  PAYMENT_TIMEOUT_MS: '9000',
  CART_ABANDONED_AFTER_MS: '2000',
};

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export interface OrderWish {
  readonly items: readonly Line[];
  readonly token?: string;
  readonly country?: string;
  readonly shippingAddress?: Readonly<Record<string, string>>;
}

/** What tests of the fulfilment ask of a tenant's system. */
export class Fulfilment {
  constructor(private readonly client: Client) {}

  async order({ items, token, country, ...more }: OrderWish): Promise<string> {
    const payment = token && { payment: { token, ...(country && { country }) } };
    const body = {
      customer: { id: 'c-1', email: 'ada@example.com', name: 'Ada' },
      currency: 'EUR',
      items: items.map((item) => ({ ...item, unitPrice: 950 })),
      ...payment,
      ...more,
    };
    const headers = { 'idempotency-key': randomUUID() };
    for (;;) {
      const answer = await this.client.post('/v1/orders', body, headers);
      if (answer.status === 201) return answer.body.orderId;
      const retryAfter = answer.headers.get('retry-after');
      if (answer.status !== 503 || retryAfter === null) throw new Error(JSON.stringify(answer.body));
      // More orders have come at once than can be fulfilled: a customer tries again when asked to.
      await sleep(Number(retryAfter) * 1_000);
    }
  }

  async receive(sku: string, quantity: number): Promise<void> {
    await this.client.post(`/v1/stock/${sku}/receipts`, { quantity });
  }

  async stock(sku: string) {
    const { onHand, reserved, available } = (await this.client.get(`/v1/stock/${sku}`)).body;
    return { onHand, reserved, available };
  }

  read = async (orderId: string) => (await this.client.get(`/v1/orders/${orderId}`)).body;
  payment = async (orderId: string) => (await this.client.get(`/v1/payments/${orderId}`)).body;
  process = async (processId: string) => (await this.client.get(`/v1/processes/${processId}`)).body;

  reaches = (orderId: string, status: string) =>
    eventually(async () => {
      const order = await this.read(orderId);
      expect(order.status).toBe(status);
      return order;
    });

  processReaches = (processId: string, state: string) =>
    eventually(async () => {
      const process = await this.process(processId);
      expect(process.state).toBe(state);
      return process;
    });

  /** The templates of the mails about the order, once there are as many. */
  mails = (orderId: string, count: number) =>
    eventually(async () => {
      const { items } = (await this.client.get(`/v1/notifications?orderId=${orderId}`)).body;
      expect(items).toHaveLength(count);
      return items.map(({ template }: { template: string }) => template).toSorted();
    });

  triggers = async (processId: string): Promise<string[]> =>
    (await this.process(processId)).steps.map(({ trigger }: { trigger: string }) => trigger);
}

/** What the gateway has carried out for the order. */
export async function gatewayOperations(
  orderId: string,
  gatewayUrl = testSettings().payments.gatewayUrl,
): Promise<string[]> {
  const report = `${gatewayUrl}${GATEWAY_PATHS.report}?orderId=${orderId}`;
  const { operations } = (await (await fetch(report)).json()) as { operations: LedgerEntry[] };
  return operations.map(({ operation }) => operation);
}
