import { parseArgs } from 'node:util';
import { CONNECTIONS, type Section, SECTIONS } from './contestants.js';
import { positive } from '../measuring/positive.js';

export interface Options {
  readonly rounds: number;
  readonly seconds: number;
  readonly sections: readonly Section[];
  readonly connections: readonly number[];
  readonly json: string | undefined;
  readonly profile: boolean;
  readonly forgetfulPostgres: boolean;
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
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '5' },
      only: { type: 'string', default: Object.keys(SECTIONS).join(',') },
      connections: { type: 'string' },
      json: { type: 'string' },
      profile: { type: 'boolean', default: false },
      'forgetful-postgres': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return undefined;
  }
  return {
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    sections: values.only.split(',').map(toSection),
    connections: (values.connections?.split(',') ?? CONNECTIONS).map((n) => positive('connections', n)),
    json: values.json,
    profile: values.profile,
    forgetfulPostgres: values['forgetful-postgres'],
  };
}

function toSection(given: string): Section {
  if (given in SECTIONS) return given as Section;
  throw new Error(`--only: there is no section '${given}'.`);
}
