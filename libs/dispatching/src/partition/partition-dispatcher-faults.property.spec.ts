import { CHANGES, everySimulation, GAPS, TROUBLES } from '../testing/every-simulation.fixture.js';
import { rough } from '../testing/simulation-moves.fixture.js';

const OUTAGES = ['store-down', 'store-up', ...GAPS] as const;

/*
 * Guaranteed: first acceptances are in the order of each lane, but for dead letters that were skipped. What was not saved
 * when a process went is accepted again.
 */
describe('subscribers receive all that is owed to them, in the order of their lanes,', () => {
  it('whatever crashes', async () => {
    await everySimulation([...TROUBLES, 'crash', 'stop', 'fault']);
  });

  it('from two dispatchers that both believe to be in charge', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, 'crash', 'rival']);
  });

  it('over outages', async () => {
    await everySimulation([...TROUBLES, ...CHANGES, ...OUTAGES]);
  });

  it('whatever of all that happens, and however the database answers', async () => {
    const kinds = [...TROUBLES, ...CHANGES, ...OUTAGES, 'crash', 'stop', 'rival', 'fault'] as const;
    await everySimulation(kinds, { faultPlan: rough, numRuns: 200 });
  });
});
