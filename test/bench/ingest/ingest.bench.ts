/** `npm run bench ingest`: how fast orders are taken, beside what could be reached at best. */
import { writeFileSync } from 'node:fs';
import { Stage, type Place } from '../measuring/stage.js';
import { Contest } from './contest.js';
import { type Contestant, contestants } from './contestants.js';
import { type Options, parseOptions } from './options.js';
import type { Outcome } from './outcome.js';
import { profileProduct } from './profile.js';
import { circumstances, goals, rawResults, results } from './report.js';

/** Before the first round, so that it is not the one in which code gets compiled. */
const WARM_UP_MS = 1_000;

export const parse = parseOptions;

export const durable = ({ forgetfulPostgres }: Options): boolean => !forgetfulPostgres;

export async function run(options: Options, place: Place): Promise<void> {
  const startedAt = new Date();
  const heading = circumstances(options);
  const chosen = contestants(options.connections).filter(({ section }) => options.sections.includes(section));
  const stage = await Stage.prepare(place);
  if (options.profile) return profileProduct(stage, place, chosen, options.seconds);

  const contest = new Contest(stage, place);
  try {
    const outcomes = await present(contest, chosen, place);
    for (let round = 0; round < options.rounds; round++) {
      await place.step(`round ${round + 1} of ${options.rounds}`, () =>
        playRound(contest, outcomes, round, options.seconds * 1_000),
      );
    }
    print(['', ...heading, '', ...results(outcomes), ...goals(outcomes)]);
    if (options.json) {
      writeFileSync(options.json, `${JSON.stringify(rawResults(options, startedAt, outcomes), null, 2)}\n`);
    }
  } finally {
    contest.stop();
  }
}

/** Finds out who is there, and warms up those who are. */
async function present(
  contest: Contest,
  chosen: readonly Contestant[],
  place: Place,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const contestant of chosen) {
    const absence = await contest.absence(contestant);
    outcomes.push({ contestant, rounds: [], absence });
  }
  await place.step('warming up', async () => {
    for (const { contestant, absence } of outcomes) {
      if (!absence) await contest.measure(contestant, WARM_UP_MS);
    }
  });
  return outcomes;
}

/** Neighbours in the list compete, so they follow each other closely; who begins changes from round to round. */
async function playRound(
  contest: Contest,
  outcomes: readonly Outcome[],
  round: number,
  measuredMs: number,
): Promise<void> {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const { section, concurrency } = outcome.contestant;
    const group = `${section}/${concurrency}`;
    if (!outcome.absence) groups.set(group, [...(groups.get(group) ?? []), outcome]);
  }
  for (const group of groups.values()) {
    const first = round % group.length;
    for (const { contestant, rounds } of [...group.slice(first), ...group.slice(0, first)]) {
      rounds.push(await contest.measure(contestant, measuredMs));
    }
  }
}

const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};
