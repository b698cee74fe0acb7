import { common, positive, positives, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';

export interface Options extends CommonOptions {
  /** Order events in the log, from few to many. */
  readonly sizes: readonly number[];
  /** Unless told otherwise, fewer where the log is long. */
  readonly rounds: number | undefined;
  /** The projection whose rebuild is looked into, instead of a contest. */
  readonly profile: string | undefined;
}

const SIZES = [10_000, 100_000, 1_000_000];
const ROUNDS = 3;
/** Noise evens out in a run that takes minutes. */
const ONE_ROUND_FROM = 1_000_000;

export const roundsAt = ({ rounds }: Pick<Options, 'rounds'>, size: number): number =>
  rounds ?? (size < ONE_ROUND_FROM ? ROUNDS : 1);

const HELP = `Measures how fast read models are rebuilt from the log, beside what could be reached at best.

  npm run bench project -- [options]

  --events <list>         sizes of the log, in order events: ${SIZES.join(',')}
  --rounds <n>            times that every contestant has its turn at each size: ${ROUNDS}, but 1 from ${ONE_ROUND_FROM} events on
  --json <file>           where to write every round
  --forgetful-postgres    Postgres without fsync
  --profile <projection>  no contest: where the CPU time of a rebuild goes, at the largest size (100000 unless told
                          otherwise)
  --help                  this text`;

const PROFILED_SIZE = 100_000;

/** @returns nothing when help was all that was asked for. @throws with what is wrong. */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, {
    events: { type: 'string' },
    rounds: { type: 'string' },
    profile: { type: 'string' },
  });
  if (!values) return undefined;
  const sizes = values.profile === undefined ? SIZES : [PROFILED_SIZE];
  return {
    sizes: positives('events', values.events, sizes).toSorted((a, b) => a - b),
    rounds: values.rounds === undefined ? undefined : positive('rounds', values.rounds),
    profile: values.profile,
    ...common(values),
  };
}
