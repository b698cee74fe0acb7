import { CHANGES, everySimulation, GAPS, TROUBLES } from '../../testing/every-simulation.fixture.js';
import { expectCounted, expectNoRepeats } from '../../testing/simulation-checks.fixture.js';
import { slow } from '../../testing/simulation-moves.fixture.js';

/*
 * Guaranteed: first acceptances are in lane order, except for skipped dead letters; there is no order between lanes.
 * Without crashes nothing is accepted twice.
 */
describe('subscribers receive everything owed to them once and in lane order,', () => {
  it('despite failures, and every attempt is counted', async () => {
    await everySimulation(TROUBLES, {
      check: (simulation) => {
        expectNoRepeats(simulation);
        expectCounted(simulation);
        expect(simulation.harness.told).toEqual([]);
      },
    });
  });

  it('even with a slow database and gaps in what comes', async () => {
    await everySimulation([...TROUBLES, ...GAPS], {
      faultPlan: slow,
      check: (simulation) => {
        expectNoRepeats(simulation);
        expectCounted(simulation);
      },
    });
  });

  it('across clean stops', async () => {
    await everySimulation([...TROUBLES, ...GAPS, 'stop'], { check: expectNoRepeats });
  });

  it('by the rules in force, even if they start late, change, pause or replay', async () => {
    await everySimulation([...TROUBLES, ...GAPS, ...CHANGES, 'stop'], {
      faultPlan: slow,
      check: expectNoRepeats,
    });
  });

  it('even if an internal error ends their feed', async () => {
    await everySimulation([...TROUBLES, 'fault'], { check: expectNoRepeats });
  });
});
