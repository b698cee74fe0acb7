import fc from 'fast-check';
import type { SizedEvent } from '#libs/kernel';
import type { ActiveFeed, SavedFeed } from '../feeds/active-feed.js';
import type { IndexedFeed } from '../feeds/feed-index.js';
import { feedOf } from '../../testing/dispatch-harness.fixture.js';
import { type FeedInput, type FeedState, holdsScanAt, IDLE, type Transition } from './feed-state.js';
import { transition } from './feed-transition.js';

const AT = { topic: 'orders', partition: 0 };
const OFFSETS = 20;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;
const STATES: readonly FeedState['kind'][] = ['idle', 'loading', 'active', 'stopping', 'backoff'];

/** A feed at three revisions of its rules, a new one, and a replay. */
const indexedFeeds: readonly [IndexedFeed, ...IndexedFeed[]] = [
  indexed(1),
  indexed(2),
  indexed(3),
  indexed(1, { start: { 'orders/0': 7 } }),
  indexed(1, { replayId: 'replay-1', until: { 'orders/0': 9 } }),
];

function indexed(rulesRevision: number, feed: Partial<IndexedFeed['feed']> = {}): IndexedFeed {
  const matches = ({ position }: { readonly position: { readonly offset: number } }): boolean =>
    position.offset % (rulesRevision + 1) === 0;
  return { feed: feedOf({}, feed), rulesRevision, matches };
}

const indexedFeed = fc.constantFrom(...indexedFeeds);
const offset = fc.nat({ max: OFFSETS });
/** A place in time, in milliseconds. */
const now = fc.nat({ max: 200_000 });

const saved: fc.Arbitrary<SavedFeed> = fc.record({
  cursor: fc.record({
    watermark: offset,
    finished: fc.constant([]),
    previousEventId: fc.constantFrom(null, 'event-1'),
    idle: fc.boolean(),
    rulesRevision: fc.integer({ min: 1, max: 3 }),
    generation: fc.nat({ max: 3 }),
  }),
  mayHaveBlockedLanes: fc.boolean(),
  isSaved: fc.boolean(),
});

const scanned = fc.tuple(offset, offset, offset).map(([scannedTo, one, other]) => {
  const [first, next] = [Math.min(one, other), Math.max(one, other)];
  const events = Array.from(
    { length: next - first },
    (_, nth) => ({ position: { ...AT, offset: first + nth } }) as SizedEvent,
  );
  return { offset: scannedTo, inMemory: { ...AT, first, next, events } };
});

const active = fc.nat().map((id) => ({ feedId: `active-${id}` }) as ActiveFeed);

const kind = <Kind extends FeedInput['kind']>(name: Kind): fc.Arbitrary<Kind> => fc.constant(name);

const inputs = {
  served: fc.record({ kind: kind('served'), indexed: indexedFeed, scannedOffset: offset }),
  ended: fc.record({ kind: kind('ended'), scannedOffset: offset }),
  owed: fc.record({ kind: kind('owed'), indexed: indexedFeed, offset }),
  loaded: fc.record({
    kind: kind('loaded'),
    indexed: indexedFeed,
    saved: fc.oneof(saved, fc.constantFrom(null, undefined)),
    scanned,
  }),
  'looked-up': fc.record({
    kind: kind('looked-up'),
    indexed: indexedFeed,
    saved: fc.option(saved, { nil: undefined }),
  }),
  rewound: fc.record({ kind: kind('rewound'), indexed: indexedFeed, saved, scanned }),
  activated: fc.record({ kind: kind('activated'), active, now }),
  'out-of-work': fc.record({ kind: kind('out-of-work') }),
  crashed: fc.record({ kind: kind('crashed'), now, firstPauseMs: fc.constant(FIRST_PAUSE_MS) }),
  'attempts-ended': fc.record({ kind: kind('attempts-ended') }),
  saved: fc.record({ kind: kind('saved') }),
  time: fc.record({ kind: kind('time'), now, scannedOffset: offset }),
  stop: fc.record({ kind: kind('stop') }),
  lost: fc.record({ kind: kind('lost') }),
} satisfies Record<FeedInput['kind'], fc.Arbitrary<FeedInput>>;
const EVERY_INPUT: readonly fc.Arbitrary<FeedInput>[] = Object.values(inputs);

const anyInput: fc.Arbitrary<FeedInput> = fc.oneof(...EVERY_INPUT);
const oneOfEach: fc.Arbitrary<FeedInput[]> = fc.tuple(...EVERY_INPUT);
/** Any result, wanted or not. */
const result = fc.oneof(inputs.loaded, inputs['looked-up'], inputs.rewound);

/** What a process could answer when it is asked. */
const answer = fc.record({ saved: fc.option(saved), scanned, active, now });
type Answer = typeof answer extends fc.Arbitrary<infer Value> ? Value : never;

const [FIRST_INDEXED] = indexedFeeds;
const NOTHING_SCANNED = { offset: 0, inMemory: { ...AT, first: 0, next: 0, events: [] } };
const SERVED: FeedInput[] = [{ kind: 'served', indexed: FIRST_INDEXED, scannedOffset: 3 }];
const LOADED: FeedInput[] = [
  ...SERVED,
  { kind: 'loaded', indexed: FIRST_INDEXED, saved: null, scanned: NOTHING_SCANNED },
];
const ACTIVE: FeedInput[] = [
  { kind: 'owed', indexed: FIRST_INDEXED, offset: 4 },
  { kind: 'activated', active: { feedId: 'active-0' } as ActiveFeed, now: 0 },
];
const CRASHED: FeedInput = { kind: 'crashed', now: 1, firstPauseMs: FIRST_PAUSE_MS };

/** A way to each state. */
const WAYS: { readonly [Kind in FeedState['kind']]: readonly FeedInput[] } = {
  loading: SERVED,
  idle: LOADED,
  active: [...LOADED, ...ACTIVE],
  stopping: [...LOADED, ...ACTIVE, CRASHED],
  backoff: [...LOADED, ...ACTIVE, CRASHED, { kind: 'attempts-ended' }, { kind: 'saved' }],
};

/** At each step anything, or what the state waits for, after a way to any of the states. */
const walks = fc
  .tuple(
    fc.constantFrom(...Object.values(WAYS)),
    fc.array(fc.oneof(anyInput, { weight: 2, arbitrary: answer }), { maxLength: 60, size: 'max' }),
  )
  .map(([way, steps]) => [...way, ...steps]);
type Walk = readonly (FeedInput | Answer)[];

interface Step extends Transition {
  readonly before: FeedState;
  readonly input: FeedInput;
}

function walk(walked: Walk): Step[] {
  const steps: Step[] = [];
  let state: FeedState = IDLE;
  for (const given of walked) {
    const input = 'kind' in given ? given : awaited(state, given);
    const next = transition(state, input);
    steps.push({ before: state, input, ...next });
    state = next.state;
  }
  return steps;
}

function awaited(
  state: FeedState,
  { saved: found, scanned: seen, active: made, now: time }: Answer,
): FeedInput {
  switch (state.kind) {
    case 'idle':
      return state.unsaved
        ? { kind: 'saved' }
        : { kind: 'served', indexed: FIRST_INDEXED, scannedOffset: seen.offset };
    case 'active':
      return seen.offset % 2 === 0
        ? { kind: 'out-of-work' }
        : { kind: 'crashed', now: time, firstPauseMs: FIRST_PAUSE_MS };
    case 'stopping':
      return { kind: state.last.of === 'active' && !state.last.attemptsEnded ? 'attempts-ended' : 'saved' };
    case 'backoff':
      return { kind: 'time', now: state.until, scannedOffset: seen.offset };
    case 'loading':
      break;
  }
  const { indexed: asked, step } = state;
  const current = found && { ...found, cursor: { ...found.cursor, rulesRevision: asked.rulesRevision } };
  if (step === 'activation') return { kind: 'activated', active: made, now: time };
  if (step === 'idle-cursor') return { kind: 'looked-up', indexed: asked, saved: current ?? undefined };
  if (step === 'rewind' && current) return { kind: 'rewound', indexed: asked, saved: current, scanned: seen };
  return { kind: 'loaded', indexed: asked, saved: found, scanned: seen };
}

const stateAfter = (steps: Walk): FeedState => walk(steps).at(-1)?.state ?? IDLE;

const activeOf = (state: FeedState): ActiveFeed | undefined => {
  if (state.kind === 'active') return state.active;
  return state.kind === 'stopping' && state.last.of === 'active' ? state.last.active : undefined;
};

describe('the transition of a feed', () => {
  it('leads from every state, with every input, to a state', () => {
    fc.assert(
      fc.property(walks, oneOfEach, (steps, next) => {
        for (const { state } of walk(steps))
          for (const input of next) expect(STATES).toContain(transition(state, input).state.kind);
      }),
    );
  });

  it.each(STATES)('is checked from the state %s', (kind) => {
    expect(stateAfter(WAYS[kind]).kind).toBe(kind);
  });

  it('changes nothing that it is given', () => {
    const frozen = <Value>(value: Value): Value => {
      if (typeof value === 'object' && value !== null && !Object.isFrozen(value))
        for (const each of Object.values(Object.freeze(value))) frozen(each);
      return value;
    };
    fc.assert(
      fc.property(walks, (steps) => {
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
      fc.property(walks, (steps) => {
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
      fc.property(walks, (steps) => {
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
      fc.property(walks, result, (steps, late) => {
        const state = stateAfter(steps);
        const isAwaited = state.kind === 'loading' && 'indexed' in late && late.indexed === state.indexed;
        if (!isAwaited) expect(transition(state, late)).toEqual({ state, effects: [] });
      }),
    );
  });

  it('loads by the newest rules, whatever the feed was doing when they were heard', () => {
    fc.assert(
      fc.property(walks, indexedFeed, offset, (steps, changed, scannedOffset) => {
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
      fc.property(walks, (steps) => {
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
      fc.property(walks, (steps) => {
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
      fc.property(walks, (steps) => {
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
      fc.property(walks, offset, indexedFeed, (steps, scannedOffset, again) => {
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
          const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
          state = after(state, { kind: 'crashed', now: time, firstPauseMs: FIRST_PAUSE_MS });
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
      fc.property(walks, indexedFeed, offset, (steps, again, scannedOffset) => {
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
      fc.property(walks, repeated, (steps, input) => {
        const once = transition(stateAfter(steps), input).state;
        // An idle feed whose cursor is known is activated at once, which is no state to stay in.
        if (once.kind === 'loading' && once.step === 'activation') return;
        expect(transition(once, input).state).toEqual(once);
      }),
    );
  });

  it('keeps no entry for an idle feed that has nothing to save', () => {
    fc.assert(
      fc.property(walks, (steps) => {
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
