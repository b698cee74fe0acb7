import { CHANGES, everySimulation, GAPS, TROUBLES } from '../testing/every-simulation.fixture.js';
import { expectCounted, expectNoRepeats } from '../testing/simulation-checks.fixture.js';
import { slow } from '../testing/simulation-moves.fixture.js';

/*
 * Guaranteed: first acceptances are in the order of each lane, but for dead letters that were skipped; between lanes there
 * is no order. Without crashes nothing is accepted twice.
 */
describe('subscribers receive all that is owed to them once, in the order of their lanes,', () => {
  it('whatever fails, and all of it is counted', async () => {
    await everySimulation(TROUBLES, {
      check: (simulation) => {
        expectNoRepeats(simulation);
        expectCounted(simulation);
        expect(simulation.harness.told).toEqual([]);
      },
    });
  });

  it('also with a slow database, and gaps in what is brought', async () => {
    await everySimulation([...TROUBLES, ...GAPS], {
      faultPlan: slow,
      check: (simulation) => {
        expectNoRepeats(simulation);
        expectCounted(simulation);
      },
    });
  });

  it('over clean stops', async () => {
    await everySimulation([...TROUBLES, ...GAPS, 'stop'], { check: expectNoRepeats });
  });

  it('by the rules of the time, also when they begin late, change, pause, and replay', async () => {
    await everySimulation([...TROUBLES, ...GAPS, ...CHANGES, 'stop'], {
      faultPlan: slow,
      check: expectNoRepeats,
    });
  });

  it('also where a fault of ours ends their feed', async () => {
    await everySimulation([...TROUBLES, 'fault'], { check: expectNoRepeats });
  });
});
