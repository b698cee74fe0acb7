import { writeFileSync } from 'node:fs';
import { type Place, Stage } from '../measuring/stage.js';
import { whole } from '../report/table.js';
import { Contest, CONTESTANTS } from './contest.js';
import { type Options, roundsAt } from './options.js';
import type { Outcome } from './outcome.js';
import { profileRebuild } from './profile.js';
import { circumstances, goals, rawResults, results } from './report.js';
import type { Filled } from './runs.js';

export async function play(options: Options, place: Place): Promise<void> {
  const startedAt = new Date();
  const heading = circumstances(options);
  await Stage.prepare(place);
  const contest = new Contest(place);
  const fill = (size: number) =>
    place.step(`appending up to ${whole(size)} order events`, () => contest.fill(size));
  try {
    if (options.profile !== undefined) {
      return await profileRebuild(contest, place, options.profile, await fill(options.sizes.at(-1) ?? 0));
    }
    const outcomes: Outcome[] = [];
    for (const size of options.sizes) {
      const filled = await fill(size);
      const here = CONTESTANTS.map((contestant): Outcome => ({ size, contestant, runs: [] }));
      outcomes.push(...here);
      const rounds = roundsAt(options, size);
      for (let round = 0; round < rounds; round++) {
        await playRound(
          contest,
          place,
          here,
          filled,
          `${whole(size)}, round ${round + 1} of ${rounds}`,
          round,
        );
      }
    }
    print(['', ...heading, '', ...results(outcomes), ...goals(outcomes)]);
    if (options.json) {
      writeFileSync(options.json, `${JSON.stringify(rawResults(options, startedAt, outcomes), null, 2)}\n`);
    }
  } finally {
    contest.stop();
  }
}

/** Who begins changes from round to round. */
async function playRound(
  contest: Contest,
  place: Place,
  outcomes: readonly Outcome[],
  filled: Filled,
  title: string,
  round: number,
): Promise<void> {
  const first = round % outcomes.length;
  for (const { contestant, runs } of [...outcomes.slice(first), ...outcomes.slice(0, first)]) {
    runs.push(await place.step(`${title}: ${contestant.name}`, () => contestant.run(contest, filled)));
  }
}

const print = (lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};
