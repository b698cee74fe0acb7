import fc from 'fast-check';
import { DispatchStory } from './dispatch-story.fixture.js';
import { expectDelivered } from './story-checks.fixture.js';
import { answers, type MoveKind, movesWith, steady, storyFeed } from './story-moves.fixture.js';

/** Bad streams, and people who look after their dead letters. */
export const TROUBLES = ['turn-bad', 'turn-good', 'redrive', 'skip', 'control-record'] as const;
export const CHANGES = ['begin', 'change', 'replay', 'pause', 'resume'] as const;
/** Changes that not all hear of at once. */
export const LATE_CHANGES = ['change-unheard', 'hear'] as const;
/** The log does not answer, and not all of it is brought. */
export const GAPS = ['publish-unseen', 'restart-tail', 'log-down', 'log-up'] as const;

const { STORIES } = process.env;

export interface StoriesOptions {
  readonly weather?: typeof steady;
  readonly numRuns?: number;
  /** What is true beside all that must be true of any story. */
  readonly check?: (story: DispatchStory) => void;
}

/** Lives through stories (so many as the variable `STORIES` says, if it is set) in which only such things happen beside publishing and waiting, and checks each at its end. */
export function everyStory(
  kinds: readonly MoveKind[],
  { weather = steady, numRuns = 100, check }: StoriesOptions = {},
): Promise<void> {
  const feeds = fc.array(storyFeed, { minLength: 1, maxLength: 4 });
  const given = fc.record({ moves: movesWith(...kinds), feeds, answers, weather });
  const property = fc.asyncProperty(given, async ({ moves, ...options }) => {
    const story = new DispatchStory(options);
    await story.tell(moves);
    expectDelivered(story);
    check?.(story);
  });
  return fc.assert(property, { numRuns: Number(STORIES ?? numRuns) });
}
