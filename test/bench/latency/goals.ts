import { type Goal, judge, type Verdict } from '../report/goals.js';
import type { Figure } from '../report/report.js';
import { ratios, spreadOf } from '../report/statistics.js';
import { BEFORE, figures, type LatencyOutcome, PRODUCT } from './contestants.js';
import { acknowledged, cpuFor, delivered, percentOf, secondsBehind, taken, webhook } from './figures.js';
import type { Run } from './run.js';
import type { Scenario } from './scenarios.js';

const under = (limit: number) => (value: number) => value < limit;
const atMost = (limit: number) => (value: number) => value <= limit;
const atLeast = (limit: number) => (value: number) => value >= limit;

const idlePercent: Figure<Run> = ({ idle }) =>
  idle && Math.max(percentOf(idle.before), percentOf(idle.after));

/** What is judged in one scenario: a figure, or how many times that of `before` it is. */
interface Aim {
  readonly title: string;
  readonly figure: Figure<Run>;
  readonly isMet: (value: number) => boolean;
  readonly timesBefore?: boolean;
}

const AIMS: Readonly<Record<Scenario, readonly Aim[]>> = {
  everyday: [
    { title: 'webhook p50 below 3.5 ms', figure: webhook('p50'), isMet: under(3.5) },
    { title: 'webhook p99 below 7 ms', figure: webhook('p99'), isMet: under(7) },
  ],
  one: [{ title: 'at least 700 deliveries/s', figure: delivered, isMet: atLeast(700) }],
  eight: [
    { title: 'at least 1,800 deliveries/s', figure: delivered, isMet: atLeast(1_800) },
    { title: 'webhook p99 below 20 ms', figure: webhook('p99'), isMet: under(20) },
    {
      title: 'CPU of all for an order at most 0.75 × before',
      figure: cpuFor('orders'),
      isMet: atMost(0.75),
      timesBefore: true,
    },
  ],
  many: [
    { title: 'at least 2,500 taken/s', figure: taken, isMet: atLeast(2_500) },
    { title: 'webhook p50 below 150 ms', figure: webhook('p50'), isMet: under(150) },
  ],
  twenty: [{ title: 'at least 7,000 deliveries/s', figure: delivered, isMet: atLeast(7_000) }],
  orders: [
    { title: 'at least 7,000 taken/s', figure: taken, isMet: atLeast(7_000) },
    { title: 'acknowledged p99 below 40 ms', figure: acknowledged('p99'), isMet: under(40) },
    { title: 'projections at most 1 s behind', figure: secondsBehind, isMet: atMost(1) },
  ],
  steady: [
    {
      title: 'CPU of the app for an event at most a third of before',
      figure: cpuFor('orders', 'app'),
      isMet: atMost(1 / 3),
      timesBefore: true,
    },
  ],
  idle: [{ title: 'app and servers below 5 % of a core', figure: idlePercent, isMet: under(5) }],
};

export function verdicts(outcomes: readonly LatencyOutcome[], scenarios: readonly Scenario[]): Verdict[] {
  const comparesWithBefore = outcomes.some(({ contestant }) => contestant.name === BEFORE);
  return scenarios.flatMap((scenario) => {
    const of = (name: string, figure: Figure<Run>) =>
      figures(
        outcomes.find(({ contestant }) => contestant.scenario === scenario && contestant.name === name),
        figure,
      );
    return AIMS[scenario]
      .filter(({ timesBefore = false }) => comparesWithBefore || !timesBefore)
      .map(({ title, figure, isMet, timesBefore = false }): Goal => {
        const ours = of(PRODUCT, figure);
        const value = timesBefore ? ratios(ours, of(BEFORE, figure)) : spreadOf(ours);
        return { title: `${scenario}: ${title}`, value, isMet };
      })
      .map(judge);
  });
}
