import {
  CHANGES,
  everySimulation,
  fixedSimulations,
  GAPS,
  LATE_CHANGES,
  TROUBLES,
} from '../../testing/every-simulation.fixture.js';
import { contradictionOf } from '../../testing/delivery-truth.fixture.js';
import { expectExplained, explainedDeliveries } from '../../testing/explained-simulation.fixture.js';
import { rough, slow } from '../../testing/simulation-moves.fixture.js';
import { wrongExplanations } from '../../testing/wrong-explanations.fixture.js';
import { EXPLAINED_OUTCOMES } from './explain.js';

const STOPS = [...CHANGES, 'disable'] as const;

/*
 * Guaranteed after each step: an event is explained as delivered only if its receiver accepted it, and always if the
 * delivery log knows. Every other outcome, with its details, is the one that follows from what was owed, paused, failed,
 * and done by operators. Where a change is not heard of yet, it is one of two for events on which old and new settings differ.
 */
describe('what is explained is what the receiver got,', () => {
  it('despite failures, pauses, changes of rules, replays, redrives and skips', async () => {
    await everySimulation([...TROUBLES, ...STOPS, ...GAPS], {
      faultPlan: slow,
      numRuns: 80,
      watch: expectExplained,
    });
  });

  it('also after crashes and outages, and with two dispatchers', async () => {
    const faults = ['store-down', 'store-up', 'crash', 'stop', 'rival', 'fault'] as const;
    await everySimulation([...TROUBLES, ...STOPS, ...GAPS, ...faults], {
      faultPlan: rough,
      numRuns: 80,
      watch: expectExplained,
    });
  });

  it('also while dispatchers have not heard of a change', async () => {
    await everySimulation([...TROUBLES, ...STOPS, ...LATE_CHANGES, 'stop'], {
      faultPlan: slow,
      numRuns: 80,
      watch: expectExplained,
    });
  });
});

/** The guarantee above is worth as much as the mistakes that it finds. */
describe('a mistake in an explanation', () => {
  it('is found whatever outcome it is about', async () => {
    const wrong = wrongExplanations();
    expect(new Set(wrong.map(({ outcome }) => outcome))).toEqual(new Set(EXPLAINED_OUTCOMES));
    const unnoticed = new Set(wrong);
    const kinds = [...TROUBLES, ...STOPS, ...LATE_CHANGES];
    await fixedSimulations(kinds, { faultPlan: slow, numRuns: 200 }, (simulation) => {
      for (const { facts, truth } of explainedDeliveries(simulation))
        for (const each of unnoticed)
          if (contradictionOf(each.explain(facts), truth) !== undefined) unnoticed.delete(each);
      return unnoticed.size === 0;
    });
    expect([...unnoticed].map(({ outcome, bug }) => `${outcome}: ${bug}`)).toEqual([]);
  });
});
