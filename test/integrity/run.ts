/**
 * `npm run integrity -- --minutes 10 --seed 7`: the same as the spec, for longer; exit code 1 if a promise is broken.
 * With `--webhooks` it is dispatchers and subscribers that suffer instead.
 * With `--bug <name>` the instances have one of the seeded bugs, and it is a failure if no violation is found.
 */
import { parseArgs } from 'node:util';
import { FAULTS } from './chaos.js';
import { runIntegrity } from './integrity-run.js';
import { openLaboratory } from './laboratory.js';
import { restartUnderLoad } from './planned-restart.js';
import { reportLines } from './report.js';
import { runWebhooksByHand } from './webhooks/run-by-hand.js';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '2' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    instances: { type: 'string', default: '3' },
    clients: { type: 'string', default: '24' },
    bug: { type: 'string' },
    faults: { type: 'string', default: FAULTS.join() },
    webhooks: { type: 'boolean', default: false },
    'planned-restart': { type: 'boolean', default: false },
    'without-keys': { type: 'boolean', default: false },
    'without-batches': { type: 'boolean', default: false },
  },
});

const began = performance.now();
const log = (line: string): void => {
  console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}`);
};

if (values.webhooks) {
  const isWell = await runWebhooksByHand({
    minutes: Number(values.minutes),
    seed: Number(values.seed),
    dispatchers: Number(values.instances),
    clients: Number(values.clients),
    bug: values.bug ? withBug(values.bug) : undefined,
    log,
  });
  process.exit(isWell ? 0 : 1);
}

log(`seed ${values.seed}; three brokers and ${values.instances} instances are being started`);
const laboratory = await openLaboratory(Number(values.instances), values.bug ? withBug(values.bug) : {});
log(`logs: ${laboratory.directory}`);
const isAsExpected = values['planned-restart'] ? await planned() : await chaotic();
await laboratory.close({ keepLogs: !isAsExpected });
// Whatever is still open is of no interest any more.
process.exit(isAsExpected ? 0 : 1);

function withBug(name: string): Record<string, string> {
  return { NODE_OPTIONS: `--import ${new URL(`seeded-bugs/${name}.mjs`, import.meta.url).href}` };
}

async function planned(): Promise<boolean> {
  const { commands, notAccepted, longestMs, medianMs } = await restartUnderLoad(laboratory, 1);
  log(
    `${commands} commands, longest ${longestMs} ms, median ${medianMs} ms, ${notAccepted.length} not accepted`,
  );
  for (const { outcome } of notAccepted.slice(0, 10)) log(JSON.stringify(outcome));
  return notAccepted.length === 0;
}

async function chaotic(): Promise<boolean> {
  const result = await runIntegrity(laboratory, {
    seed: Number(values.seed),
    seconds: Number(values.minutes) * 60,
    clients: Number(values.clients),
    faults: FAULTS.filter((fault) => values.faults.split(',').includes(fault)),
    keys: !values['without-keys'],
    batches: !values['without-batches'],
    log,
  });
  for (const line of reportLines(result)) console.log(line);
  if (values.bug) return result.violations.length > 0;
  return result.violations.length + result.voidBecause.length === 0;
}
