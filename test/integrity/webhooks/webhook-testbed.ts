import type { EmbeddedServer } from '../../../tools/launcher/embedded.mjs';
import { deployProduct, type Instance } from '../../systems/product.js';
import { type Servers, startServers } from '../../systems/servers.js';

/** Concurrent requests of a dispatcher to one subscription. */
export const CONCURRENCY = 16;

export interface WebhookTestbed {
  readonly servers: Servers;
  readonly commands: EmbeddedServer;
  readonly subscriptions: EmbeddedServer;
  readonly projector: EmbeddedServer;
  readonly dispatchers: readonly Instance[];
  readonly apiKey: string;
  close(options?: { keepLogs?: boolean }): Promise<void>;
}

/** Servers of its own, each app as a process, and several dispatchers. @param env for the dispatchers alone */
export async function openWebhookTestbed(
  dispatcherCount: number,
  env: Readonly<Record<string, string>> = {},
): Promise<WebhookTestbed> {
  const servers = await startServers();
  const product = await deployProduct(servers.directory, {
    ...servers.env,
    WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true',
    WEBHOOK_CONCURRENCY: String(CONCURRENCY),
    WEBHOOK_POLL_MS: '200',
    // Keys are in the database too.
    API_KEY_CACHE_MS: '3600000',
  });
  const apiKey = await product.newKey();
  const [{ app: commands }, { app: subscriptions }, { app: projector }] = await Promise.all([
    product.start('command-api'),
    product.start('webhook-api'),
    product.start('projector'),
  ]);
  const dispatchers = await Promise.all(
    Array.from({ length: dispatcherCount }, (_, index) =>
      product.start('webhook-dispatcher', { name: `webhook-dispatcher-${index}`, env }),
    ),
  );
  const close: WebhookTestbed['close'] = async (options) => {
    await product.stop();
    await servers.stop(options);
  };
  return { servers, commands, subscriptions, projector, dispatchers, apiKey, close };
}
