import { CHANGES, everyStory, GAPS, TROUBLES } from '../testing/every-story.fixture.js';
import { rough } from '../testing/story-moves.fixture.js';

const OUTAGES = ['store-down', 'store-up', ...GAPS] as const;

/*
 * Guaranteed: first acceptances are in the order of each lane, but for dead letters that were skipped. What was not saved
 * when a process went is accepted again.
 */
describe('subscribers receive all that is owed to them, in the order of their lanes,', () => {
  it('whatever crashes', async () => {
    await everyStory([...TROUBLES, 'crash', 'stop', 'fault']);
  });

  it('from two dispatchers that both believe to be in charge', async () => {
    await everyStory([...TROUBLES, ...CHANGES, 'crash', 'rival']);
  });

  it('over outages', async () => {
    await everyStory([...TROUBLES, ...CHANGES, ...OUTAGES]);
  });

  it('whatever of all that happens, and however the database answers', async () => {
    const kinds = [...TROUBLES, ...CHANGES, ...OUTAGES, 'crash', 'stop', 'rival', 'fault'] as const;
    await everyStory(kinds, { weather: rough, numRuns: 200 });
  });
});
