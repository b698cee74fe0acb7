import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { common, positive, sectionsIn, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';
import { PLANS, type Scenario, SCENARIOS } from './scenarios.js';
import { STANDALONE } from './system.js';

export interface Options extends CommonOptions {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  /** Measured each time; as the scenario has it by default. */
  readonly seconds: number | undefined;
  /** The root of another checkout whose product takes part. */
  readonly before: string | undefined;
  readonly profile: boolean;
  /** Traces slow requests instead of a contest. */
  readonly slow: boolean;
}

const HELP = `Measures how long one waits for an acknowledgement and for a webhook, and what each costs; beside what could
be reached at best.

  npm run bench latency -- [options]

  --only <scenarios>     of ${Object.keys(SCENARIOS).join(', ')}
  --rounds <n>           times that every contestant has its turn: 3; once in steady and idle
  --seconds <n>          measured each time: 10, but 30 of everyday, and 60 of steady and idle
  --before <folder>      another checkout, built, that takes its turns with this one
  --json <file>          where to write every round
  --forgetful-postgres   Postgres without fsync
  --profile              no contest: where the CPU time of the product goes, in the first scenario asked for
  --slow                 no contest: where the time of the slowest requests went, stage by stage, in the first scenario
                         asked for; one process of the product
  --help                 this text

Settings in the environment reach the product.`;

/** @returns nothing when help was all that was asked for. @throws with what is wrong */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string' },
    before: { type: 'string' },
    profile: { type: 'boolean', default: false },
    slow: { type: 'boolean', default: false },
  });
  if (!values) return undefined;
  const scenarios = sectionsIn(SCENARIOS, values.only);
  if (values.slow && !hasWebhooks(scenarios[0]))
    throw new Error('--slow: the first scenario asked for has no webhooks.');
  return {
    scenarios,
    rounds: positive('rounds', values.rounds),
    seconds: values.seconds === undefined ? undefined : positive('seconds', values.seconds),
    before: values.before === undefined ? undefined : builtCheckout(values.before),
    profile: values.profile,
    slow: values.slow,
    ...common(values),
  };
}

const hasWebhooks = (scenario: Scenario | undefined): boolean =>
  scenario !== undefined && scenario !== 'idle' && PLANS[scenario].endpoints > 0;

function builtCheckout(given: string): string {
  const root = resolve(given);
  if (existsSync(join(root, STANDALONE))) return root;
  throw new Error(`--before: there is no ${STANDALONE} in ${root}.`);
}
