import { CHANGES, everySimulation, GAPS, TROUBLES } from '../../testing/every-simulation.fixture.js';
import { rough } from '../../testing/simulation-moves.fixture.js';

const OUTAGES = ['store-down', 'store-up', ...GAPS] as const;

/*
 * Guaranteed: first acceptances are in lane order, except for skipped dead letters. Deliveries that were unsaved when a
 * process ended are accepted again.
 */
describe('subscribers receive everything owed to them in lane order,', () => {
  it('despite crashes', async () => {
    await everySimulation([...TROUBLES, 'crash', 'stop', 'fault']);
  });

  it('from two dispatchers that both believe they own the partition', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, 'crash', 'rival']);
  });

  it('across outages', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, ...OUTAGES]);
  });

  it('under any mix of these faults and database answers', async () => {
    const kinds = [...TROUBLES, ...CHANGES, ...OUTAGES, 'crash', 'stop', 'rival', 'fault'] as const;
    await everySimulation(kinds, { faultPlan: rough, numRuns: 200 });
  });
});
