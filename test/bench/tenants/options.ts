import { common, positive, sectionsIn, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';
import { ORDERS_PER_SECOND, REQUESTS_PER_SECOND, type ScenarioName, SCENARIOS } from './scenarios.js';

export interface Options extends CommonOptions {
  readonly scenarios: readonly ScenarioName[];
  readonly rounds: number;
  /** Measured each time. */
  readonly seconds: number;
  /** Whether tenants have limits. */
  readonly limited: boolean;
  readonly profile: boolean;
}

const HELP = `Measures how long one tenant waits for orders, queries and webhooks while another asks for ten times its limit.

  npm run bench tenants -- [options]

  --only <scenarios>     of ${Object.keys(SCENARIOS).join(', ')}; alone is always there, to compare with
  --rounds <n>           times that every scenario has its turn: 3
  --seconds <n>          measured each time: 15
  --unlimited            without the limits of ${ORDERS_PER_SECOND} orders and ${REQUESTS_PER_SECOND} requests a second
  --profile              no contest: where the CPU time of the product goes, in the last scenario asked for
  --json <file>          where to write every round
  --forgetful-postgres   Postgres without fsync
  --help                 this text

Settings in the environment reach the product.`;

/** @returns nothing when help was all that was asked for. @throws with what is wrong */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, {
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '15' },
    unlimited: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  });
  if (!values) return undefined;
  return {
    scenarios: [...new Set<ScenarioName>(['alone', ...sectionsIn(SCENARIOS, values.only)])],
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    limited: !values.unlimited,
    profile: values.profile,
    ...common(values),
  };
}
