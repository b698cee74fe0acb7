import {
  CHANGES,
  everySimulation,
  GAPS,
  LATE_CHANGES,
  TROUBLES,
} from '../testing/every-simulation.fixture.js';
import { expectNoRepeats } from '../testing/simulation-checks.fixture.js';
import { rough, slow } from '../testing/simulation-moves.fixture.js';

const OUTAGES = ['store-down', 'store-up', ...GAPS] as const;

/*
 * Guaranteed: all is delivered that is owed by the rules of its place, however late they are heard of. What was passed
 * over comes behind what was delivered in between; all else is in the order of its lane. Without crashes nothing is
 * accepted twice.
 */
describe('subscribers receive all that a change owes them, once, though it is heard late,', () => {
  it('whatever fails, parks, is redriven or skipped', async () => {
    await everySimulation([...TROUBLES, ...LATE_CHANGES], { check: expectNoRepeats });
  });

  it('over clean stops, before it is heard and after', async () => {
    const kinds = [...TROUBLES, ...GAPS, ...CHANGES, ...LATE_CHANGES, 'stop'] as const;
    await everySimulation(kinds, { faultPlan: slow, check: expectNoRepeats });
  });

  it('and at least once where dispatchers crash, or two believe to be in charge of whom one has heard of it', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, ...LATE_CHANGES, 'crash', 'stop', 'rival']);
  });

  it('and at least once whatever of all that happens, and however the database answers', async () => {
    const kinds = [...TROUBLES, ...CHANGES, ...LATE_CHANGES, ...OUTAGES] as const;
    await everySimulation([...kinds, 'crash', 'stop', 'rival', 'fault'], { faultPlan: rough });
  });
});
