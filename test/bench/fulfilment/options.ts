import { common, positive, sectionsIn, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';

export const MODES = {
  standalone: 'The product in one process',
  apart: 'Each app in a process of its own',
} as const;
export type Mode = keyof typeof MODES;

export interface Options extends CommonOptions {
  readonly modes: readonly Mode[];
  /** Orders a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Looks for the highest steady rate, too. */
  readonly highest: boolean;
  /** Orders more than that as well, and looks what grows. */
  readonly overload: boolean;
  readonly profile: boolean;
}

const HELP = `Measures how long it takes from an order to the subscriber who hears that it is confirmed, how many orders a second
can be fulfilled for as long as one likes, and what happens beyond that rate.

  npm run bench fulfilment -- [options]

  --only <modes>         of ${Object.keys(MODES).join(', ')}
  --rate <n>             orders a second: 20
  --seconds <n>          measured each time: 20
  --rounds <n>           times that each mode has its turn: 3
  --no-highest           does not look for the highest steady rate, nor beyond
  --no-overload          does not order more than that
  --json <file>          where to write every round
  --forgetful-postgres   Postgres without fsync
  --profile              no contest: where the CPU time of the product goes, in one process
  --help                 this text`;

/** @returns nothing when help was all that was asked for. @throws with what is wrong */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, {
    only: { type: 'string' },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    'no-highest': { type: 'boolean', default: false },
    'no-overload': { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  });
  if (!values) return undefined;
  return {
    modes: sectionsIn(MODES, values.only),
    rate: positive('rate', values.rate),
    seconds: positive('seconds', values.seconds),
    rounds: positive('rounds', values.rounds),
    highest: !values['no-highest'],
    overload: !values['no-overload'],
    profile: values.profile,
    ...common(values),
  };
}
