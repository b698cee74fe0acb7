/** Starts processes as the launcher does, prints their pids and waits to be killed. Argument: a folder. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LAYER } from '../../tools/launcher/supervision/stopping.mjs';
import { Supervisor } from '../../tools/launcher/supervision/supervisor.mjs';

const [base] = process.argv.slice(2);
const leftover = join(base, 'running.json');
const supervisor = await Supervisor.claim(join(base, 'processes.ndjson'), [leftover]);
writeFileSync(leftover, '{}');

const launch = (name, layer, onStop) =>
  supervisor.launch({
    name,
    layer,
    command: process.execPath,
    args: [
      '-e',
      `process.on('SIGTERM', () => { ${onStop} }); setInterval(() => {}, 1000); console.log('ready')`,
    ],
    logFile: join(base, `${name}.log`),
    graceSeconds: 1,
  });

const app = launch('orderly', LAYER.app, `console.log('stopped in order'); process.exit()`);
const storage = launch('stubborn', LAYER.storage, '');
process.stdout.write(`${JSON.stringify({ pids: [app.pid, storage.pid, supervisor.watchdogPid] })}\n`);
setInterval(() => {}, 1000);
