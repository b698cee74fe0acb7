import type { EmbeddedServer } from '../../../tools/launcher/embedded.mjs';
import type { FaultProxy } from '../../systems/fault-proxy.js';
import type { Mailbox } from '../../systems/mailbox.js';
import { deployProduct, type Instance, type Product } from '../../systems/product.js';
import { type Servers, startServers } from '../../systems/servers.js';
import { startShopServers } from '../../systems/shop-servers.js';
import type { OpenProduct } from '../testbed.js';
import { Tenant } from './tenant.js';

const TENANTS = 3;

/** Times of the fulfilment: short, so that everything comes to rest soon after the last fault. */
export const SHORT_TIMES = {
  PAYMENT_TIMEOUT_MS: '25000',
  PAYMENT_GATEWAY_TIMEOUT_MS: '2500',
  FULFILMENT_REVIEW_TIMEOUT_MS: '25000',
  FULFILMENT_STUCK_AFTER_MS: '5000',
  FULFILMENT_COMPLETE_AFTER_MS: '1000',
  CART_ABANDONED_AFTER_MS: '6000',
} as const;

/** A shop: every app as a process of its own, two of them process managers, and the servers that they talk to. */
export interface FulfilmentTestbed extends OpenProduct {
  readonly servers: Servers;
  readonly gateway: EmbeddedServer;
  /** Between the apps and the gateway. */
  readonly gatewayProxy: FaultProxy;
  readonly mailbox: Mailbox;
  readonly commandApi: Instance;
  readonly queryApi: Instance;
  readonly projector: Instance;
  readonly processManagers: readonly Instance[];
  readonly tenants: readonly Tenant[];
  /** Gives all tenants new API keys: the old ones are gone with the tables. */
  renewKeys(): Promise<void>;
}

/** @param env for the process managers alone */
export async function openFulfilmentTestbed(env: Record<string, string> = {}): Promise<FulfilmentTestbed> {
  const servers = await startServers({ durable: true });
  const { directory } = servers;
  const shop = await startShopServers(directory);
  const { gateway, gatewayProxy, mailbox } = shop;
  const product = await deployProduct(directory, {
    ...servers.env,
    ...SHORT_TIMES,
    ...shop.env,
    // Keys are in the database too.
    API_KEY_CACHE_MS: '3600000',
  });
  const names = Array.from({ length: TENANTS }, (_, index) => `shop-${index + 1}`);
  const keys = await newKeys(product, names);
  const [commandApi, queryApi, projector, ...processManagers] = await Promise.all([
    product.start('command-api'),
    product.start('query-api'),
    product.start('projector'),
    ...['process-manager-1', 'process-manager-2'].map((name) =>
      product.start(env['PROCESSES'] ? 'standalone' : 'process-manager', { name, env }),
    ),
  ]);
  const urls = { commands: commandApi.app.url, queries: queryApi.app.url };
  const tenants = names.map((name, index) => new Tenant(name, urls, keys[index] ?? ''));
  return {
    product,
    directory,
    servers,
    gateway,
    gatewayProxy,
    mailbox,
    commandApi,
    queryApi,
    projector,
    processManagers,
    tenants,
    renewKeys: async () => {
      const renewed = await newKeys(product, names);
      tenants.forEach((tenant, index) => tenant.use(renewed[index] ?? ''));
    },
    close: async (options) => {
      for (const { app } of [commandApi, projector, ...processManagers]) app.resume();
      await product.stop();
      await shop.stop();
      await servers.stop(options);
    },
  };
}

const newKeys = (product: Product, tenants: readonly string[]): Promise<string[]> =>
  Promise.all(tenants.map((tenant) => product.newKey(tenant)));
