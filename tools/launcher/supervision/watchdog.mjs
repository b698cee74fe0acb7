/**
 * Cleans up behind a launcher that was killed: the pipe on standard input closes with the launcher, whatever the cause. A
 * word through that pipe says that everything has stopped in order. Arguments: the ledger, which is also open as file 3, the
 * launcher's pid, and the files to remove at the end.
 */
import { once } from 'node:events';
import { closeLedger, readLedger } from './ledger.mjs';
import { stopProcesses } from './stopping.mjs';

const [file = '', launcher, ...leftovers] = process.argv.slice(2);
const LEDGER = 3;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

let orderly = false;
process.stdin.on('data', () => {
  orderly = true;
});
await once(process.stdin, 'close');

if (!orderly) {
  await stopProcesses(readLedger(LEDGER).entries);
  if (readLedger(file).owner?.pid === Number(launcher)) closeLedger(file, leftovers);
}
