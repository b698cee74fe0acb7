import { common, positive, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';

export interface Options extends CommonOptions {
  /** Order events in the log. */
  readonly events: number;
  readonly rounds: number;
}

const EVENTS = 1_000_000;
const ROUNDS = 5;

const HELP = `Measures how fast events become files, and rows of SQL, beside a reader that only decodes them.

  npm run bench export -- [options]

  --events <n>            order events in the log: ${EVENTS}
  --rounds <n>            times that every contestant has its turn: ${ROUNDS}
  --json <file>           where to write every round
  --forgetful-postgres    Postgres without fsync
  --help                  this text`;

/** @returns nothing when help was all that was asked for. @throws with what is wrong. */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, { events: { type: 'string' }, rounds: { type: 'string' } });
  if (!values) return undefined;
  return {
    events: positive('events', values.events ?? EVENTS),
    rounds: positive('rounds', values.rounds ?? ROUNDS),
    ...common(values),
  };
}
