import { join } from 'node:path';
import { type EmbeddedServer, runCli, startApp } from '../../tools/launcher/embedded.mjs';
import { startSingleServers } from './single-servers.js';

export interface SingleProduct {
  readonly app: EmbeddedServer;
  /** Where all logs are. */
  readonly directory: string;
  makeKey(tenant: string): Promise<string>;
  stop(options: { readonly keepLogs: boolean }): Promise<void>;
}

/** The whole product in one process, on servers of its own. It may deliver to this machine. */
export async function startSingleProduct(log: (line: string) => void): Promise<SingleProduct> {
  log('one broker and the whole product in one process are being started');
  const servers = await startSingleServers();
  const { directory } = servers;
  const env = { ...servers.env, WEBHOOK_ALLOW_PRIVATE_TARGETS: 'true' };
  const cli = (...args: string[]) => runCli({ args, env, logFile: join(directory, 'cli.log') });
  await cli('deploy');
  const app = await startApp({ env, logFile: join(directory, 'app.log') });
  return {
    app,
    directory,
    makeKey: async (tenant) =>
      (await cli('keys', 'create', '--tenant', tenant, '--name', 'integrity', '--quiet')).trim(),
    stop: async (options) => {
      await app.stop();
      await servers.stop(options);
    },
  };
}
