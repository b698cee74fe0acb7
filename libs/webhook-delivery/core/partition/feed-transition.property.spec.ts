import fc from 'fast-check';
import type { ActiveFeed } from '../feeds/active-feed.js';
import {
  awaited,
  FEED_STATES,
  feedWalks,
  FIRST_BACKOFF_MS,
  indexed,
  indexedFeed,
  oneOfEachInput,
  anyResult,
  offset,
  stateAfter,
  walk,
  WAYS_TO_STATES,
} from '../../testing/feed-walks.fixture.js';
import { type FeedInput, type FeedState, holdsScanAt, IDLE } from './feed-state.js';
import { transition } from './feed-transition.js';

const LONGEST_PAUSE_MS = 60_000;

const activeOf = (state: FeedState): ActiveFeed | undefined => {
  if (state.kind === 'active') return state.active;
  return state.kind === 'stopping' && state.last.of === 'active' ? state.last.active : undefined;
};

describe('the transition of a feed', () => {
  it('leads from every state, with every input, to a state', () => {
    fc.assert(
      fc.property(feedWalks, oneOfEachInput, (steps, next) => {
        for (const { state } of walk(steps))
          for (const input of next) expect(FEED_STATES).toContain(transition(state, input).state.kind);
      }),
    );
  });

  it.each(FEED_STATES)('is checked from the state %s', (kind) => {
    expect(stateAfter(WAYS_TO_STATES[kind]).kind).toBe(kind);
  });

  it('changes nothing that it is given', () => {
    const frozen = <Value>(value: Value): Value => {
      if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
        for (const each of Object.values(Object.freeze(value))) frozen(each);
      return value;
    };
    fc.assert(
      fc.property(feedWalks, (steps) => {
        let state: FeedState = IDLE;
        for (const given of steps) {
          const input: FeedInput = 'kind' in given ? given : awaited(state, given);
          state = frozen(transition(state, frozen(input)).state);
        }
      }),
    );
  });

  it('never makes a feed that was stopped, ended or unloaded active without loading its cursor', () => {
    fc.assert(
      fc.property(feedWalks, (steps) => {
        let isCursorKnown = false;
        for (const { before, input, state } of walk(steps)) {
          if (['loaded', 'looked-up', 'rewound'].includes(input.kind) && before.kind === 'loading')
            isCursorKnown = true;
          if (state.kind === 'active') expect(isCursorKnown).toBe(true);
          if (state === IDLE || state.kind === 'stopping' || state.kind === 'backoff') isCursorKnown = false;
        }
      }),
    );
  });

  it('has one active feed at a time, and stops or dismisses each that it lets go, once', () => {
    fc.assert(
      fc.property(feedWalks, (steps) => {
        const running = new Set<ActiveFeed>();
        for (const { before, input, state, effects } of walk(steps)) {
          if (input.kind === 'activated') running.add(input.active);
          for (const effect of effects)
            if (effect.kind === 'stop' || effect.kind === 'dismiss')
              expect(running.delete(effect.active)).toBe(true);
          expect([...running]).toEqual(state.kind === 'active' ? [state.active] : []);
          if (state.kind === 'active' && before.kind === 'active') expect(state.active).toBe(before.active);
        }
      }),
    );
  });

  it('ignores a result that was not asked for', () => {
    fc.assert(
      fc.property(feedWalks, anyResult, (steps, late) => {
        const state = stateAfter(steps);
        const isAwaited = state.kind === 'loading' && 'indexed' in late && late.indexed === state.indexed;
        if (!isAwaited) expect(transition(state, late)).toEqual({ state, effects: [] });
      }),
    );
  });

  it('lets a stopping feed go when it is saved after its attempts have ended, and not before', () => {
    fc.assert(
      fc.property(feedWalks, (steps) => {
        for (const { before, input, state } of walk(steps)) {
          if (before.kind !== 'stopping' || state.kind === 'stopping') continue;
          expect(input.kind).toBe('saved');
          if (before.last.of === 'active') expect(before.last.attemptsEnded).toBe(true);
        }
      }),
    );
  });

  it('loads by the newest rules, whatever the feed was doing when they were heard', () => {
    fc.assert(
      fc.property(feedWalks, indexedFeed, offset, (steps, changed, scannedOffset) => {
        const served = transition(stateAfter(steps), { kind: 'served', indexed: changed, scannedOffset });
        const ended = transition(served.state, { kind: 'attempts-ended' });
        const { state, effects } = transition(ended.state, { kind: 'saved' });
        expect(state).toMatchObject({ kind: 'loading', step: 'cursor', indexed: changed });
        const loads = [...served.effects, ...ended.effects, ...effects].filter(({ kind }) => kind === 'load');
        expect(loads).toEqual([{ kind: 'load', indexed: changed }]);
      }),
    );
  });

  it('activates by the rules that the cursor was matched against, or rewinds it first', () => {
    fc.assert(
      fc.property(feedWalks, (steps) => {
        for (const { input, effects } of walk(steps))
          for (const effect of effects) {
            if (effect.kind === 'rewind')
              expect(effect.saved.cursor.rulesRevision).toBeLessThan(effect.indexed.rulesRevision);
            // A rewound cursor comes with the present revision, and an idle one was made by it.
            if (effect.kind === 'activate' && (input.kind === 'loaded' || input.kind === 'looked-up'))
              expect(effect.saved.cursor.rulesRevision).toBe(effect.indexed.rulesRevision);
          }
      }),
    );
  });

  it('holds the scanned offset until a cursor is known or saved, and never lets it go up before', () => {
    const mayRelease: readonly FeedInput['kind'][] = ['loaded', 'looked-up', 'rewound', 'activated', 'saved'];
    fc.assert(
      fc.property(feedWalks, (steps) => {
        for (const { before, input, state } of walk(steps)) {
          const isSavedActive = before.kind === 'stopping' && before.last.of === 'active';
          if (mayRelease.includes(input.kind) || (isSavedActive && input.kind === 'ended')) continue;
          if (holdsScanAt(before) !== Infinity)
            expect(holdsScanAt(state)).toBeLessThanOrEqual(holdsScanAt(before));
        }
      }),
    );
  });

  it('activates an idle cursor nowhere behind an offset that it held', () => {
    fc.assert(
      fc.property(feedWalks, (steps) => {
        for (const { before, input, effects } of walk(steps)) {
          if (before.kind !== 'loading' || input.kind === 'rewound') continue;
          for (const effect of effects)
            if (effect.kind === 'activate' && 'saved' in input && input.saved?.cursor.idle)
              expect(effect.saved.cursor.watermark).toBe(
                Math.max(input.saved.cursor.watermark, before.since),
              );
        }
      }),
    );
  });

  it('pins a feed that ends while it is not active where the next load looks back from', () => {
    fc.assert(
      fc.property(feedWalks, offset, indexedFeed, (steps, scannedOffset, again) => {
        const before = stateAfter(steps);
        const { state } = transition(before, { kind: 'ended', scannedOffset });
        expect(state.kind).toBe('stopping');
        if (activeOf(before)) return;
        const heldAt = Math.min(holdsScanAt(before), scannedOffset);
        const pinnedAt = holdsScanAt(before) === Infinity ? scannedOffset : holdsScanAt(before);
        expect(state).toMatchObject({ last: { of: 'idle', isPinned: true }, since: pinnedAt });
        const resumed = transition(state, { kind: 'served', indexed: again, scannedOffset });
        expect(holdsScanAt(resumed.state)).toBe(heldAt);
      }),
    );
  });

  it('doubles the backoff with each crash, up to a minute, and starts over once a feed ran for a minute', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 120_000 }), { minLength: 1, maxLength: 12 }), (runs) => {
        let state: FeedState = { ...running(0), failures: 0 };
        let [time, failures] = [0, 0];
        for (const ranMs of runs) {
          time += ranMs;
          if (ranMs >= 60_000) failures = 0;
          const pause = Math.min(LONGEST_PAUSE_MS, FIRST_BACKOFF_MS * 2 ** failures++);
          state = after(state, { kind: 'crashed', now: time, firstPauseMs: FIRST_BACKOFF_MS });
          state = after(after(state, { kind: 'attempts-ended' }), { kind: 'saved' });
          expect(state).toMatchObject({ kind: 'backoff', until: time + pause });
          expect(after(state, { kind: 'time', now: time + pause - 1, scannedOffset: 5 })).toBe(state);
          time += pause;
          state = after(state, { kind: 'time', now: time, scannedOffset: 5 });
          expect(state).toMatchObject({ kind: 'loading', since: 5, failures });
          state = { ...running(time), failures };
        }
      }),
    );
  });

  it('forgets the crashes of a feed that ended', () => {
    fc.assert(
      fc.property(feedWalks, indexedFeed, offset, (steps, again, scannedOffset) => {
        const ended = transition(stateAfter(steps), { kind: 'ended', scannedOffset }).state;
        const served = transition(ended, { kind: 'served', indexed: again, scannedOffset }).state;
        expect(served).toMatchObject({ failures: 0 });
      }),
    );
  });

  it('does the same twice as once where nothing happened in between', () => {
    const repeated = fc.oneof(
      fc.record({ kind: fc.constant('ended' as const), scannedOffset: offset }),
      fc.record({ kind: fc.constant('owed' as const), indexed: indexedFeed, offset }),
      fc.record({ kind: fc.constant('served' as const), indexed: indexedFeed, scannedOffset: offset }),
      fc.constantFrom<FeedInput>({ kind: 'stop' }, { kind: 'lost' }, { kind: 'attempts-ended' }),
    );
    fc.assert(
      fc.property(feedWalks, repeated, (steps, input) => {
        const once = transition(stateAfter(steps), input).state;
        // An idle feed whose cursor is known is activated at once, which is no state to stay in.
        if (once.kind === 'loading' && once.step === 'activation') return;
        expect(transition(once, input).state).toEqual(once);
      }),
    );
  });

  it('keeps no entry for an idle feed that has nothing to save', () => {
    fc.assert(
      fc.property(feedWalks, (steps) => {
        for (const { state } of walk(steps))
          if (state.kind === 'idle' && !state.unsaved) expect(state).toBe(IDLE);
      }),
    );
  });
});

const after = (state: FeedState, input: FeedInput): FeedState => transition(state, input).state;

const running = (activatedAt: number) => ({
  kind: 'active' as const,
  active: { feedId: 'active' } as ActiveFeed,
  indexed: indexed(1),
  activatedAt,
});
