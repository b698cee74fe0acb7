/**
 * Runs the mail catcher: `node mail-process.mjs <directory> <port> [<faults file>]`. It logs each mail as a line of JSON. The
 * faults file is read for each mail, and there are no faults while it is missing.
 */
import { readFileSync } from 'node:fs';
import { openMailCatcher } from './mail-catcher.mjs';

const [directory = '', port, faultsFile] = process.argv.slice(2);
await openMailCatcher({
  directory,
  port: Number(port),
  faults: () => {
    try {
      return faultsFile ? JSON.parse(readFileSync(faultsFile, 'utf8')) : {};
    } catch {
      return {};
    }
  },
  caught: (mail) => console.log(JSON.stringify(mail)),
});
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT']))
  process.once(signal, () => process.exit(0));
