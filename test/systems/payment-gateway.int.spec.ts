import { join } from 'node:path';
import { newId } from '#libs/kernel';
import { SimulatedGatewayClient } from '#libs/payment-gateways/simulated';
import { GatewayUnavailableError } from '#libs/payments';
import { makeTestDirectory } from '#libs/testing';
import { startPaymentGateway } from '../../tools/launcher/embedded.mjs';

const [amount, currency] = [900, 'EUR'];

it('the payment gateway knows after a kill what it has captured', async () => {
  const directory = join(await makeTestDirectory('payment-gateway'), 'journal');
  const server = await startPaymentGateway({ directory });
  const client = new SimulatedGatewayClient(server.url, 5_000);
  const orderId = newId();
  const call = (step: string) => ({
    tenant: 'acme',
    orderId,
    amount,
    currency,
    idempotencyKey: `${orderId}/${step}`,
  });
  try {
    const authorized = await client.authorize({ ...call('authorize'), token: null, country: null });
    if (authorized.result !== 'authorized') throw new Error(authorized.result);
    const { reference } = authorized;
    expect(await client.capture({ ...call('capture'), reference })).toEqual({ result: 'captured', amount });
    await server.kill9();
    await expect(client.find(orderId)).rejects.toThrow(GatewayUnavailableError);
    await server.restart();
    expect(await client.find(orderId)).toMatchObject({ status: 'captured', captured: amount });
    const again = await client.capture({ ...call('another-capture'), reference });
    expect(again.result).toBe('declined');
  } finally {
    await client.close();
    await server.stop();
  }
});

it('a payment gateway does not take another one on its port for itself', async () => {
  const directory = await makeTestDirectory('two-payment-gateways');
  const server = await startPaymentGateway({ directory: join(directory, 'first') });
  try {
    const second = startPaymentGateway({
      directory: join(directory, 'second'),
      port: Number(new URL(server.url).port),
    });
    await expect(second).rejects.toThrow('payment-gateway ended before it was ready');
  } finally {
    await server.stop();
  }
});
