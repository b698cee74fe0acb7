import { common, positive, positives, sectionsIn, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';

export const SECTIONS = {
  throughput: 'Throughput: deliveries in order',
  many: 'Many subscriptions of which few match: latency and CPU, and memory by their number',
  replay: 'Replay of history, and the live deliveries beside it',
  'bad-endpoints': 'A dead and a slow endpoint among others: latency of the others',
  backlog: 'Memory with a backlog: an endpoint that does not answer while orders come',
} as const;
export type Section = keyof typeof SECTIONS;

interface Sizes {
  readonly rounds: number;
  readonly seconds: number;
  readonly backlog: number;
  readonly subscriptions: readonly number[];
  readonly endpoints: number;
  readonly replay: number;
}

export interface Options extends Sizes, CommonOptions {
  readonly sections: readonly Section[];
  /** Each app a process of its own instead of all in one. */
  readonly separate: boolean;
  readonly profile: boolean;
}

const FULL: Sizes = {
  rounds: 3,
  seconds: 10,
  backlog: 60_000,
  subscriptions: [1, 100, 1_000, 10_000],
  endpoints: 1_000,
  replay: 1_000_000,
};
const QUICK: Sizes = {
  rounds: 1,
  seconds: 3,
  backlog: 5_000,
  subscriptions: [1, 1_000],
  endpoints: 100,
  replay: 20_000,
};

const HELP = `Measures how fast events reach subscribers, beside what could be reached at best.

  npm run bench webhooks -- [options]

  --quick                small sizes, one round: about 3 minutes
  --only <sections>      of ${Object.keys(SECTIONS).join(', ')}
  --rounds <n>           times that every contestant has its turn: ${FULL.rounds}
  --seconds <n>          measured each time: ${FULL.seconds}
  --backlog <n>          events that wait, where some do: ${FULL.backlog}
  --subscriptions <list> of section many: ${FULL.subscriptions.join()}
  --endpoints <n>        the most, of section throughput: ${FULL.endpoints}
  --replay <n>           events of the replay: ${FULL.replay}
  --separate             command API, webhook API and dispatcher as processes of their own, in all sections (else in
                         those about memory only, and all in one process in the others)
  --json <file>          where to write every round
  --forgetful-postgres   Postgres without fsync
  --profile              no contest: where the dispatcher's CPU time goes while it delivers a backlog
  --help                 this text`;

/** @returns nothing when help was all that was asked for. @throws with what is wrong. */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    backlog: { type: 'string' },
    subscriptions: { type: 'string' },
    endpoints: { type: 'string' },
    replay: { type: 'string' },
    separate: { type: 'boolean', default: false },
    profile: { type: 'boolean', default: false },
  });
  if (!values) return undefined;
  const sizes = values.quick ? QUICK : FULL;
  const size = (name: Exclude<keyof Sizes, 'subscriptions'>) => positive(name, values[name] ?? sizes[name]);
  return {
    rounds: size('rounds'),
    seconds: size('seconds'),
    backlog: size('backlog'),
    subscriptions: positives('subscriptions', values.subscriptions, sizes.subscriptions),
    endpoints: size('endpoints'),
    replay: size('replay'),
    sections: sectionsIn(SECTIONS, values.only),
    separate: values.separate,
    profile: values.profile,
    ...common(values),
  };
}
