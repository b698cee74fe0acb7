import { type Place, Stage } from '../measuring/stage.js';
import { type Competing, figuresIn, type Outcome } from '../report/report.js';
import type { Options } from './options.js';
import type { Run, Setting } from './run.js';
import { PLANS } from './scenarios.js';
import { appendAndPostOn, productOn, trivialOn } from './system.js';

export type Contestant = Competing & Setting;

export const PRODUCT = 'product';
export const BEFORE = 'before';
const RAW = 'append and post';
const TRIVIAL = 'trivial POST';

export type LatencyOutcome = Outcome<Contestant, Run>;

export const voidIn = ({ runs }: LatencyOutcome): string | undefined => runs.find((run) => run.void)?.void;

export const figures = figuresIn<Run, LatencyOutcome>({ voidIn });

/** Makes servers ready for all, scenario by scenario in the order of the report. */
export async function contestantsOn(
  { scenarios, before }: Options,
  place: Place,
  elsewhere: (root: string) => Promise<Place>,
): Promise<readonly Contestant[]> {
  const stage = await Stage.prepare(place);
  const product = productOn(stage, place, PRODUCT);
  const raw = appendAndPostOn(stage, place);
  const trivial = trivialOn(stage, place);
  const there = before === undefined ? undefined : await elsewhere(before);
  const past = there && productOn(await Stage.prepare(there), there, BEFORE);
  return scenarios.flatMap((scenario) => {
    const limit = scenario === 'orders' ? TRIVIAL : RAW;
    const hasLimit = scenario !== 'steady' && scenario !== 'idle';
    const once = scenario === 'idle' || PLANS[scenario].once;
    const common = { scenario, once, queries: true };
    const rivals = [...(past ? [BEFORE] : []), ...(hasLimit ? [limit] : [])];
    return [
      { ...common, name: PRODUCT, system: product, against: rivals },
      ...(past ? [{ ...common, name: BEFORE, system: past, against: [] }] : []),
      ...(hasLimit
        ? [
            {
              ...common,
              name: limit,
              system: scenario === 'orders' ? trivial : raw,
              against: [],
              queries: false,
            },
          ]
        : []),
    ];
  });
}
