import { join } from 'node:path';
import { type EmbeddedServer, startPaymentGateway } from '../../tools/launcher/embedded.mjs';
import { FaultProxy } from './fault-proxy.js';
import { Mailbox } from './mailbox.js';

/** The servers that a shop needs besides its log and database. */
export interface ShopServers {
  readonly gateway: EmbeddedServer;
  /** Between the apps and the gateway. */
  readonly gatewayProxy: FaultProxy;
  readonly mailbox: Mailbox;
  /** The settings by which apps find them, and carry orders. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** @param directory for their data and logs */
export async function startShopServers(directory: string): Promise<ShopServers> {
  const gatewayProxy = await FaultProxy.open(0);
  const [gateway, mailbox] = await Promise.all([
    startPaymentGateway({ directory: join(directory, 'payment-gateway') }),
    Mailbox.open(join(directory, 'mail')),
  ]);
  gatewayProxy.target = Number(new URL(gateway.url).port);
  return {
    gateway,
    gatewayProxy,
    mailbox,
    env: {
      FULFILMENT_ENABLED: 'true',
      PAYMENT_GATEWAY_URL: `http://127.0.0.1:${gatewayProxy.port}`,
      SMTP_URL: mailbox.server.url,
    },
    stop: async () => {
      await Promise.all([gateway.stop(), mailbox.server.stop()]);
      await gatewayProxy.close();
    },
  };
}
