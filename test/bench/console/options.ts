import { common, positive, sectionsIn, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';

export const SECTIONS = {
  visits: 'One visit of a page, from the navigation to its first row',
  stays: 'A person who stays: leafing, a live tail, the overview',
} as const;
export type Section = keyof typeof SECTIONS;

export interface Options extends CommonOptions {
  readonly sections: readonly Section[];
  /** Visits of each page. */
  readonly rounds: number;
  /** In the topic of orders. */
  readonly events: number;
  /** Rows of the read model. */
  readonly orders: number;
  /** Of one subscription, and as many dead letters of another. */
  readonly deliveries: number;
  readonly subscriptions: number;
  /** A person who stays looks at something live for so long. */
  readonly seconds: number;
}

const HELP = `Measures how long a person waits for the pages of the console on large data, in a real Chromium, and what it takes.

  npm run bench console -- [options]

  --only <sections>      of ${Object.keys(SECTIONS).join(', ')}
  --rounds <n>           visits of each page: 5
  --events <n>           in the topic of orders: 1000000
  --orders <n>           1000000
  --deliveries <n>       of one subscription, and as many dead letters of another: 100000
  --subscriptions <n>    1000
  --seconds <n>          that a person watches something live: 20; the overview three times as long
  --json <file>          where to write every round
  --forgetful-postgres   Postgres without fsync
  --help                 this text

CHROMIUM_PATH names another Chromium than that of npm.`;

/** @returns nothing when help was all that was asked for. @throws with what is wrong */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, {
    only: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    events: { type: 'string', default: '1000000' },
    orders: { type: 'string', default: '1000000' },
    deliveries: { type: 'string', default: '100000' },
    subscriptions: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
  });
  if (!values) return undefined;
  return {
    sections: sectionsIn(SECTIONS, values.only),
    rounds: positive('rounds', values.rounds),
    events: positive('events', values.events),
    orders: positive('orders', values.orders),
    deliveries: positive('deliveries', values.deliveries),
    subscriptions: positive('subscriptions', values.subscriptions),
    seconds: positive('seconds', values.seconds),
    ...common(values),
  };
}
