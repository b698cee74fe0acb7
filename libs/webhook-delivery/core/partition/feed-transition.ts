import { type SizedEvent, topicPartitionKey } from '#libs/kernel';
import type { SavedFeed } from '../feeds/active-feed.js';
import type { IndexedFeed } from '../feeds/feed-index.js';
import {
  type AfterStop,
  type FeedInput,
  type FeedState,
  IDLE,
  type IdleFeed,
  type LastSave,
  type LoadingFeed,
  type LoadingStep,
  type ScannedEvents,
  type ServingFeed,
  type StoppingFeed,
  type Transition,
} from './feed-state.js';

/** A feed that ran for this long starts over with the shortest backoff. */
const RECOVERED_AFTER_MS = 60_000;
const LONGEST_BACKOFF_MS = 60_000;

/** What becomes of a feed, and what has to be done. Each result of an effect is an input again. */
export function transition(state: FeedState, input: FeedInput): Transition {
  switch (input.kind) {
    case 'served':
      return served(state, input.indexed, input.scannedOffset);
    case 'ended':
      return ended(state, input.scannedOffset);
    case 'owed':
      // Any other feed takes it as it arrives, reads from its own cursor, or looks back from `since`.
      return state.kind === 'idle' ? owed(state, input.indexed, input.offset) : stay(state);
    case 'loaded':
      return isAwaited(state, 'cursor', input) ? loaded(state, input.saved, input.scanned) : stay(state);
    case 'looked-up':
      return isAwaited(state, 'idle-cursor', input) ? lookedUp(state, input.saved) : stay(state);
    case 'rewound': {
      const saved = { ...input.saved, isSaved: false };
      return isAwaited(state, 'rewind', input) ? current(state, saved, input.scanned) : stay(state);
    }
    case 'activated': {
      const { active, now } = input;
      if (state.kind !== 'loading' || state.step !== 'activation')
        return { state, effects: [{ kind: 'dismiss', active }] };
      const { indexed, failures } = state;
      return stay({ kind: 'active', active, indexed, activatedAt: now, failures });
    }
    case 'crashed':
      return state.kind === 'active' ? crashed(state, input) : stay(state);
    case 'attempts-ended':
      if (state.kind !== 'stopping' || state.last.of !== 'active') return stay(state);
      return {
        state: { ...state, last: { ...state.last, attemptsEnded: true } },
        effects: [{ kind: 'save' }],
      };
    case 'saved':
      if (state.kind === 'idle') return stay(IDLE);
      return state.kind === 'stopping' ? saved(state) : stay(state);
    case 'time': {
      const { now, scannedOffset } = input;
      if (state.kind !== 'backoff' || now < state.until) return stay(state);
      return load({ ...state, since: scannedOffset });
    }
    // A loading feed holds the scanned offset even then, for the last save.
    case 'stop':
      return state.kind === 'active' ? stopActive(state, { next: { kind: 'end' } }) : stay(state);
    case 'out-of-work':
    case 'lost':
      if (state.kind !== 'active') return stay(state);
      return { state: IDLE, effects: [{ kind: 'dismiss', active: state.active }] };
    default:
      return unreachable(input);
  }
}

function served(state: FeedState, indexed: IndexedFeed, scannedOffset: number): Transition {
  const next: AfterStop = { kind: 'load', indexed };
  switch (state.kind) {
    case 'idle': {
      if (!state.unsaved) return load({ indexed, since: scannedOffset, failures: 0 });
      const last: LastSave = { of: 'idle', cursor: state.unsaved, isPinned: false };
      return {
        state: { kind: 'stopping', last, next, since: scannedOffset, failures: 0 },
        effects: [{ kind: 'save' }],
      };
    }
    case 'loading':
      return load({ ...state, indexed });
    case 'active':
      return stopActive(state, { next, since: scannedOffset });
    case 'stopping':
      return {
        state: { ...state, next, since: Math.min(state.since, scannedOffset) },
        effects: state.last.of === 'idle' ? [{ kind: 'save' }] : [],
      };
    case 'backoff':
      return load({ ...state, indexed, since: scannedOffset });
    default:
      return unreachable(state);
  }
}

function ended(state: FeedState, scannedOffset: number): Transition {
  switch (state.kind) {
    case 'idle':
      return stay(pinnedAt(scannedOffset, state.unsaved));
    case 'loading':
      return stay(pinnedAt(state.since));
    case 'active':
      return stopActive({ ...state, failures: 0 }, { next: { kind: 'end' } });
    case 'stopping':
      if (state.last.of === 'idle') return stay(pinnedAt(state.since, state.last.cursor));
      // The last save of an active feed says that it is active, and where.
      return stay({ ...state, next: { kind: 'end' }, since: Infinity, failures: 0 });
    case 'backoff':
      return stay(pinnedAt(scannedOffset));
    default:
      return unreachable(state);
  }
}

function owed({ unsaved }: IdleFeed, indexed: IndexedFeed, since: number): Transition {
  const loading = { indexed, since, failures: 0 };
  if (unsaved) return activate(loading, { ...advancedTo(unsaved, since), isSaved: false });
  return lookUp(loading);
}

function isAwaited(
  state: FeedState,
  step: LoadingStep,
  { indexed }: { readonly indexed: IndexedFeed },
): state is LoadingFeed {
  return state.kind === 'loading' && state.step === step && state.indexed === indexed;
}

function lookedUp(state: LoadingFeed, found: SavedFeed | undefined): Transition {
  // Its rules changed since it became idle, and the cursor has to be rewound.
  if (found?.cursor.rulesRevision !== state.indexed.rulesRevision) return load(state);
  // Not idle: a replay at its end, for example.
  if (!found.cursor.idle) return activate(state, found);
  return activate(state, { ...advancedTo(found, state.since), isSaved: false });
}

function crashed(
  state: ServingFeed,
  { now, firstPauseMs }: FeedInput & { readonly kind: 'crashed' },
): Transition {
  const { indexed, activatedAt } = state;
  const failures = now - activatedAt < RECOVERED_AFTER_MS ? state.failures : 0;
  const at = now + Math.min(LONGEST_BACKOFF_MS, firstPauseMs * 2 ** failures);
  return stopActive({ ...state, failures: failures + 1 }, { next: { kind: 'retry', indexed, at } });
}

function saved(state: StoppingFeed): Transition {
  const { last, next, since, failures } = state;
  if (last.of === 'active' && !last.attemptsEnded) return stay(state);
  switch (next.kind) {
    case 'load':
      return load({ indexed: next.indexed, since, failures });
    case 'retry':
      return stay({ kind: 'backoff', indexed: next.indexed, until: next.at, failures });
    case 'end':
      return stay(IDLE);
    default:
      return unreachable(next);
  }
}

type Loading = Pick<LoadingFeed, 'indexed' | 'since' | 'failures'>;

function loaded(state: LoadingFeed, found: SavedFeed | null | undefined, scanned: ScannedEvents): Transition {
  const { indexed, since } = state;
  if (found === null) return begin(state, scanned);
  if (found === undefined) {
    const isOwed = indexed.feed.replayId === null && mayBeOwed(indexed, since, scanned);
    return isOwed ? lookUp(state) : stay(IDLE);
  }
  const { rulesRevision, idle } = found.cursor;
  const known = idle ? advancedTo(found, since) : found;
  if (rulesRevision === indexed.rulesRevision) return current(state, known, scanned);
  if (rulesRevision < indexed.rulesRevision)
    return { state: { ...state, step: 'rewind' }, effects: [{ kind: 'rewind', indexed, saved: known }] };
  return { state: { ...state, step: 'newer-rules' }, effects: [{ kind: 'report-newer-rules' }] };
}

/** A feed without a cursor starts where it says, or is idle at once if it is known to be owed nothing so far. */
function begin(state: LoadingFeed, scanned: ScannedEvents): Transition {
  const { feed, rulesRevision } = state.indexed;
  const watermark = feed.start[topicPartitionKey(scanned.inMemory)] ?? 0;
  const idle = feed.replayId === null && watermark <= scanned.offset;
  const cursor = { watermark, finished: [], previousEventId: null, idle, rulesRevision, generation: 0 };
  return current(state, { cursor, mayHaveBlockedLanes: false, isSaved: false }, scanned);
}

/** The cursor agrees with the rules. */
function current(state: LoadingFeed, known: SavedFeed, scanned: ScannedEvents): Transition {
  if (!known.cursor.idle) return activate(state, known);
  const isOwed = mayBeOwed(state.indexed, known.cursor.watermark, scanned);
  return isOwed ? activate(state, { ...known, isSaved: false }) : stay({ kind: 'idle', unsaved: known });
}

/** Whether the feed is owed an event that was scanned from there on, or that is no longer in memory. */
function mayBeOwed({ matches }: IndexedFeed, from: number, { offset, inMemory }: ScannedEvents): boolean {
  if (from >= offset) return false;
  if (from < inMemory.first || offset > inMemory.next) return true;
  const isOwed = (event: SizedEvent): boolean =>
    event.position.offset >= from && event.position.offset < offset && matches(event);
  return inMemory.events.some(isOwed);
}

const stay = (state: FeedState): Transition => ({ state, effects: [] });

const load = ({ indexed, since, failures }: Loading): Transition => ({
  state: { kind: 'loading', step: 'cursor', indexed, since, failures },
  effects: [{ kind: 'load', indexed }],
});

const lookUp = ({ indexed, since, failures }: Loading): Transition => ({
  state: { kind: 'loading', step: 'idle-cursor', indexed, since, failures },
  effects: [{ kind: 'look-up', indexed }],
});

const activate = ({ indexed, since, failures }: Loading, saved: SavedFeed): Transition => ({
  state: { kind: 'loading', step: 'activation', indexed, since, failures },
  effects: [{ kind: 'activate', indexed, saved }],
});

function stopActive(
  { active, failures }: ServingFeed,
  { next, since = Infinity }: { readonly next: AfterStop; readonly since?: number },
): Transition {
  const last: LastSave = { of: 'active', active, attemptsEnded: false };
  return {
    state: { kind: 'stopping', last, next, since, failures },
    effects: [{ kind: 'stop', active }],
  };
}

/** A feed that ended while it was not active: its idle cursor stays here while nobody serves it. */
function pinnedAt(since: number, unsaved?: SavedFeed): StoppingFeed {
  const cursor = unsaved && asActive(advancedTo(unsaved, since));
  return {
    kind: 'stopping',
    last: { of: 'idle', cursor, isPinned: true },
    next: { kind: 'end' },
    since,
    failures: 0,
  };
}

/** Moves the cursor of a feed that was owed nothing below this offset. */
const advancedTo = (saved: SavedFeed, offset: number): SavedFeed => ({
  ...saved,
  cursor: { ...saved.cursor, watermark: Math.max(saved.cursor.watermark, offset), finished: [] },
});

const asActive = (saved: SavedFeed): SavedFeed => ({ ...saved, cursor: { ...saved.cursor, idle: false } });

function unreachable(unknown: never): never {
  throw new Error(`this case does not exist: ${JSON.stringify(unknown)}`);
}
