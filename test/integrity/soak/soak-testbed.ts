import type { EmbeddedServer } from '../../../tools/launcher/embedded.mjs';
import { deployProduct } from '../../systems/product.js';
import { type Cluster, startCluster } from '../../systems/servers.js';
import { type ShopServers, startShopServers } from '../../systems/shop-servers.js';
import type { OpenProduct } from '../testbed.js';

/** The whole product in one process, which stays the same while everything around it fails. */
export interface SoakTestbed extends OpenProduct {
  readonly servers: Cluster;
  readonly app: EmbeddedServer;
  readonly shop: ShopServers;
}

export async function openSoakTestbed(): Promise<SoakTestbed> {
  const servers = await startCluster({ durable: true });
  const { directory } = servers;
  const shop = await startShopServers(directory);
  const product = await deployProduct(directory, {
    ...servers.env,
    TOPIC_REPLICATION: String(servers.kafka.nodes.length),
    ...shop.env,
    WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
  });
  const { app } = await product.start('standalone');
  return {
    product,
    directory,
    servers,
    app,
    shop,
    close: async (options) => {
      app.resume();
      await product.stop();
      await shop.stop();
      await servers.stop(options);
    },
  };
}
