import { join } from 'node:path';
import { type EmbeddedServer, startPaymentGateway } from '../../../tools/launcher/embedded.mjs';
import { FaultProxy } from '../../systems/fault-proxy.js';
import { Mailbox } from '../../systems/mailbox.js';
import { deployProduct } from '../../systems/product.js';
import { type Cluster, startCluster } from '../../systems/servers.js';
import type { OpenProduct } from '../testbed.js';

/** The whole product in one process, which stays the same while everything around it fails. */
export interface SoakTestbed extends OpenProduct {
  readonly servers: Cluster;
  readonly app: EmbeddedServer;
  readonly gateway: EmbeddedServer;
  /** Between the app and the gateway. */
  readonly gatewayProxy: FaultProxy;
  readonly mailbox: Mailbox;
}

export async function openSoakTestbed(): Promise<SoakTestbed> {
  const servers = await startCluster({ durable: true });
  const { directory } = servers;
  const gatewayProxy = await FaultProxy.open(0);
  const [gateway, mailbox] = await Promise.all([
    startPaymentGateway({ directory: join(directory, 'payment-gateway') }),
    Mailbox.open(join(directory, 'mail')),
  ]);
  gatewayProxy.target = Number(new URL(gateway.url).port);
  const product = await deployProduct(directory, {
    ...servers.env,
    TOPIC_REPLICATION: String(servers.kafka.nodes.length),
    FULFILMENT_ENABLED: 'true',
    PAYMENT_GATEWAY_URL: `http://127.0.0.1:${gatewayProxy.port}`,
    SMTP_URL: mailbox.server.url,
    WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
  });
  const { app } = await product.start('standalone');
  return {
    product,
    directory,
    servers,
    app,
    gateway,
    gatewayProxy,
    mailbox,
    close: async (options) => {
      app.resume();
      await product.stop();
      await Promise.all([gateway.stop(), mailbox.server.stop()]);
      await gatewayProxy.close();
      await servers.stop(options);
    },
  };
}
