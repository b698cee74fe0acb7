import { CHANGES, everyStory, GAPS, TROUBLES } from '../testing/every-story.fixture.js';
import { expectCounted, expectNoRepeats } from '../testing/story-checks.fixture.js';
import { slow } from '../testing/story-moves.fixture.js';

/*
 * Guaranteed: first acceptances are in the order of each lane, but for dead letters that were skipped; between lanes there
 * is no order. Without crashes nothing is accepted twice.
 */
describe('subscribers receive all that is owed to them once, in the order of their lanes,', () => {
  it('whatever fails, and all of it is counted', async () => {
    await everyStory(TROUBLES, {
      check: (story) => {
        expectNoRepeats(story);
        expectCounted(story);
        expect(story.rig.told).toEqual([]);
      },
    });
  });

  it('also with a slow database, and gaps in what is brought', async () => {
    await everyStory([...TROUBLES, ...GAPS], {
      weather: slow,
      check: (story) => {
        expectNoRepeats(story);
        expectCounted(story);
      },
    });
  });

  it('over clean stops', async () => {
    await everyStory([...TROUBLES, ...GAPS, 'stop'], { check: expectNoRepeats });
  });

  it('by the rules of the time, also when they begin late, change, pause, and replay', async () => {
    await everyStory([...TROUBLES, ...GAPS, ...CHANGES, 'stop'], { weather: slow, check: expectNoRepeats });
  });

  it('also where a fault of ours ends their feed', async () => {
    await everyStory([...TROUBLES, 'fault'], { check: expectNoRepeats });
  });
});
