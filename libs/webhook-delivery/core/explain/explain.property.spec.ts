import {
  CHANGES,
  everySimulation,
  GAPS,
  LATE_CHANGES,
  TROUBLES,
} from '../../testing/every-simulation.fixture.js';
import { expectExplained } from '../../testing/explained-simulation.fixture.js';
import { rough, slow } from '../../testing/simulation-moves.fixture.js';

/*
 * Guaranteed after each step: an event is explained as delivered only if its receiver accepted it, and always if the
 * delivery log knows; all other outcomes agree with what was owed, paused, failed, and done by operators.
 */
describe('what is explained is what the receiver got,', () => {
  it('despite failures, pauses, changes of rules, replays, redrives and skips', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, ...GAPS], {
      faultPlan: slow,
      numRuns: 60,
      watch: expectExplained,
    });
  });

  it('also after crashes and outages, and with two dispatchers', async () => {
    const kinds = [
      ...TROUBLES,
      ...CHANGES,
      ...GAPS,
      'store-down',
      'store-up',
      'crash',
      'stop',
      'rival',
    ] as const;
    await everySimulation([...kinds, 'fault'], { faultPlan: rough, numRuns: 60, watch: expectExplained });
  });

  it('also while dispatchers have not heard of a change', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, ...LATE_CHANGES, 'stop'], {
      faultPlan: slow,
      numRuns: 60,
      watch: expectExplained,
    });
  });
});
