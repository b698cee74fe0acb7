import { CONNECTIONS, type Section, SECTIONS } from './contestants.js';
import { common, positive, positives, sectionsIn, valuesIn } from '../measuring/arguments.js';
import type { CommonOptions } from '../report/report.js';

export interface Options extends CommonOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly sections: readonly Section[];
  readonly connections: readonly number[];
  readonly profile: boolean;
}

const HELP = `Measures how fast orders are taken, beside what could be reached at best.

  npm run bench ingest -- [options]

  --rounds <n>           times that every contestant has its turn: 3
  --seconds <n>          measured each time: 5
  --only <sections>      of ${Object.keys(SECTIONS).join(', ')}
  --connections <list>   of single ingestion: ${CONNECTIONS.join(',')}
  --json <file>          where to write every round
  --forgetful-postgres   Emmett's Postgres without fsync
  --profile              no contest: where the product's CPU time goes, in the first section asked for and at the
                         concurrency of its goal (or the one that is asked for)
  --help                 this text`;

/** @returns nothing when help was all that was asked for. @throws with what is wrong. */
export function parseOptions(args: string[]): Options | undefined {
  const values = valuesIn(args, HELP, {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string' },
    connections: { type: 'string' },
    profile: { type: 'boolean', default: false },
  });
  return (
    values && {
      rounds: positive('rounds', values.rounds),
      seconds: positive('seconds', values.seconds),
      sections: sectionsIn(SECTIONS, values.only),
      connections: positives('connections', values.connections, CONNECTIONS),
      profile: values.profile,
      ...common(values),
    }
  );
}
