import {
  CHANGES,
  everySimulation,
  GAPS,
  LATE_CHANGES,
  TROUBLES,
} from '../../testing/every-simulation.fixture.js';
import { expectNoRepeats } from '../../testing/simulation-checks.fixture.js';
import { rough, slow } from '../../testing/simulation-moves.fixture.js';

const OUTAGES = ['store-down', 'store-up', ...GAPS] as const;

/*
 * Guaranteed: every event owed by the rules at its position is delivered, however late the rules arrive. Skipped events
 * come after those delivered meanwhile; all others are in lane order. Without crashes nothing is accepted twice.
 */
describe('subscribers receive everything that a late change owes them once,', () => {
  it('whatever fails or is parked, redriven or skipped', async () => {
    await everySimulation([...TROUBLES, ...LATE_CHANGES], { check: expectNoRepeats });
  });

  it('across clean stops before and after it arrives', async () => {
    const kinds = [...TROUBLES, ...GAPS, ...CHANGES, ...LATE_CHANGES, 'stop'] as const;
    await everySimulation(kinds, { faultPlan: slow, check: expectNoRepeats });
  });

  it('and at least once if dispatchers crash, or two believe they own the partition and only one knows the change', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, ...LATE_CHANGES, 'crash', 'stop', 'rival']);
  });

  it('and at least once under any mix of these faults and database answers', async () => {
    const kinds = [...TROUBLES, ...CHANGES, ...LATE_CHANGES, ...OUTAGES] as const;
    await everySimulation([...kinds, 'crash', 'stop', 'rival', 'fault'], { faultPlan: rough });
  });
});
