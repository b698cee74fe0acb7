import fc from 'fast-check';
import type { SizedEvent } from '#libs/kernel';
import type { ActiveFeed, SavedFeed } from '../core/feeds/active-feed.js';
import type { IndexedFeed } from '../core/feeds/feed-index.js';
import { type FeedInput, type FeedState, IDLE, type Transition } from '../core/partition/feed-state.js';
import { transition } from '../core/partition/feed-transition.js';
import { feedOf } from './dispatch-harness.fixture.js';

const AT = { topic: 'orders', partition: 0 };
const OFFSETS = 20;
export const FIRST_BACKOFF_MS = 2_000;
export const FEED_STATES: readonly FeedState['kind'][] = ['idle', 'loading', 'active', 'stopping', 'backoff'];

/** A feed at three revisions of its rules, a new one, and a replay. */
export const indexedFeeds: readonly [IndexedFeed, ...IndexedFeed[]] = [
  indexed(1),
  indexed(2),
  indexed(3),
  indexed(1, { start: { 'orders/0': 7 } }),
  indexed(1, { replayId: 'replay-1', until: { 'orders/0': 9 } }),
];

export function indexed(rulesRevision: number, feed: Partial<IndexedFeed['feed']> = {}): IndexedFeed {
  const matches = ({ position }: { readonly position: { readonly offset: number } }): boolean =>
    position.offset % (rulesRevision + 1) === 0;
  return { feed: feedOf({}, feed), rulesRevision, matches };
}

export const indexedFeed = fc.constantFrom(...indexedFeeds);
export const offset = fc.nat({ max: OFFSETS });
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
  crashed: fc.record({ kind: kind('crashed'), now, firstPauseMs: fc.constant(FIRST_BACKOFF_MS) }),
  'attempts-ended': fc.record({ kind: kind('attempts-ended') }),
  saved: fc.record({ kind: kind('saved') }),
  time: fc.record({ kind: kind('time'), now, scannedOffset: offset }),
  stop: fc.record({ kind: kind('stop') }),
  lost: fc.record({ kind: kind('lost') }),
} satisfies Record<FeedInput['kind'], fc.Arbitrary<FeedInput>>;
const EVERY_INPUT: readonly fc.Arbitrary<FeedInput>[] = Object.values(inputs);

const anyInput: fc.Arbitrary<FeedInput> = fc.oneof(...EVERY_INPUT);
export const oneOfEachInput: fc.Arbitrary<FeedInput[]> = fc.tuple(...EVERY_INPUT);
/** Any result, wanted or not. */
export const anyResult = fc.oneof(inputs.loaded, inputs['looked-up'], inputs.rewound);

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
const CRASHED: FeedInput = { kind: 'crashed', now: 1, firstPauseMs: FIRST_BACKOFF_MS };

/** A way to each state. */
export const WAYS_TO_STATES: { readonly [Kind in FeedState['kind']]: readonly FeedInput[] } = {
  loading: SERVED,
  idle: LOADED,
  active: [...LOADED, ...ACTIVE],
  stopping: [...LOADED, ...ACTIVE, CRASHED],
  backoff: [...LOADED, ...ACTIVE, CRASHED, { kind: 'attempts-ended' }, { kind: 'saved' }],
};

/** At each step anything, or what the state waits for, after a way to any of the states. */
export const feedWalks = fc
  .tuple(
    fc.constantFrom(...Object.values(WAYS_TO_STATES)),
    fc.array(fc.oneof(anyInput, { weight: 2, arbitrary: answer }), { maxLength: 60, size: 'max' }),
  )
  .map(([way, steps]) => [...way, ...steps]);
type Walk = readonly (FeedInput | Answer)[];

interface Step extends Transition {
  readonly before: FeedState;
  readonly input: FeedInput;
}

export function walk(walked: Walk): Step[] {
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

export function awaited(
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
        : { kind: 'crashed', now: time, firstPauseMs: FIRST_BACKOFF_MS };
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
  if (step === 'idle-cursor') return { kind: 'looked-up', indexed: asked, saved: found ?? undefined };
  if (step === 'rewind' && current) return { kind: 'rewound', indexed: asked, saved: current, scanned: seen };
  return { kind: 'loaded', indexed: asked, saved: found, scanned: seen };
}

export const stateAfter = (steps: Walk): FeedState => walk(steps).at(-1)?.state ?? IDLE;
