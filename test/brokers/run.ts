/** `npm run brokers`: whether the versions of Kafka that we name can be used. */
import { parseArgs } from 'node:util';
import { type BrokerTrial, type TrialResult, tryBrokers } from './broker-trial.js';

/** Oldest first. Kafka 4 removed ZooKeeper and the old protocol; 3.6 is the oldest whose KRaft can be run in production. */
const VERSIONS = ['3.6.2', '3.9.1', '4.0.0', '4.3.1'];

const HELP = `Fetches versions of Apache Kafka, and runs the conformance checks of the event log against each. The oldest
and the newest run as three brokers, too, on which the product then works while brokers and writers fail. Exit code 1 if a
version cannot be used.

  npm run brokers -- [options]

  --versions <list>  ${VERSIONS.join()}
  --seconds <n>      60: how long things fail; 0: not at all
  --seed <n>         of another run, to repeat its faults
  --help             this text`;

const { values } = parseArgs({
  options: {
    versions: { type: 'string', default: VERSIONS.join() },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(HELP);
  process.exit();
}

// Servers do not keep the process alive.
setInterval(() => {}, 60_000);

const versions = values.versions.split(',');
const trials: BrokerTrial[] = versions.map((version) => ({ version, brokers: 1 }));
for (const version of new Set([versions[0], versions.at(-1)]))
  if (version) trials.push({ version, brokers: 3 });

const results: TrialResult[] = [];
for (const trial of trials) {
  console.log(`Apache Kafka ${trial.version}, brokers: ${trial.brokers}; seed ${values.seed}`);
  const options = { faultySeconds: Number(values.seconds), seed: Number(values.seed), log: console.log };
  const result = await tryBrokers(trial, options);
  for (const problem of result.problems) console.log(`  ${problem}`);
  results.push(result);
}
console.log(table(results));
process.exit(results.every(({ problems }) => problems.length === 0) ? 0 : 1);

/** In Markdown, for docs/brokers.md. */
function table(rows: readonly TrialResult[]): string {
  const today = new Date().toISOString().slice(0, 10);
  return [
    '| Apache Kafka | brokers | tried on | checks passed | a claim, an append (median) | under faults | problems |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(({ version, brokers, checks, passed, claimMs, appendMs, problems }) =>
      [
        '',
        version,
        brokers,
        today,
        `${passed} of ${checks}`,
        `${claimMs ?? '?'} ms, ${appendMs ?? '?'} ms`,
        brokers > 1 ? `${values.seconds} s` : '',
        problems.length === 0 ? 'none' : problems.length,
        '',
      ].join(' | '),
    ),
  ]
    .map((line) => line.trim())
    .join('\n');
}
