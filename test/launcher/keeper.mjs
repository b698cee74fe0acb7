/** Keeps a program running as `npm start` keeps the app. Arguments: a folder, and the program as text. */
import { join } from 'node:path';
import { explain } from '../../tools/launcher/failure.mjs';
import { LAYER } from '../../tools/launcher/supervision/stopping.mjs';
import { Supervisor } from '../../tools/launcher/supervision/supervisor.mjs';

const [base, program] = process.argv.slice(2);
const supervisor = await Supervisor.claim(join(base, 'processes.ndjson'), []);

const launch = async () =>
  supervisor.launch({
    name: 'program',
    layer: LAYER.app,
    command: process.execPath,
    args: ['-e', program],
    logFile: join(base, 'program.log'),
    graceSeconds: 1,
  });
const asked = new Promise((resolve) => process.once('SIGTERM', resolve));
// Supervised processes do not keep their supervisor alive.
setInterval(() => {}, 1_000);

await supervisor.keep(launch, {
  ready: ({ pid }) => console.log(`ready ${pid}`),
  say: console.log,
  policy: { most: 5, withinMs: 20_000, firstPauseMs: 20 },
});
const failure = await Promise.race([asked, supervisor.lost]);
if (failure instanceof Error) {
  console.log(explain(failure));
  process.exitCode = 1;
}
await supervisor.stopAll();
process.exit();
